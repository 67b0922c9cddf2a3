"""A new loan of any kind, told apart by `type`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sanduq.microfinance.loans.ijarah.schemas import NewIjarah
from sanduq.microfinance.loans.murabaha.schemas import NewMurabaha
from sanduq.microfinance.loans.salam.schemas import NewSalam
from sanduq.microfinance.loans.schemas_application import NewLoan

AnyNewLoan = Annotated[NewLoan | NewMurabaha | NewSalam | NewIjarah, Field(discriminator="type")]
