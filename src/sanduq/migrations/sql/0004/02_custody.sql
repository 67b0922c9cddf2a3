-- Gold goes back to whom it came from when an exchange is undone.
alter table custody.release_order drop constraint release_order_reason_check;
alter table custody.release_order add constraint release_order_reason_check check (reason in
  ('redemption', 'partial', 'swap', 'sale', 'return', 'deposit_withdrawal', 'terminated',
   'unwound'));
