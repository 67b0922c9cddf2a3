-- What reports on pledges look for by day.
create index auction_by_opening on rahnu.auction (institution_id, opens_at);
create index sale_by_day on rahnu.sale (institution_id, sold_on) where status = 'EXECUTED';
create index surplus_by_sale_day on rahnu.surplus (institution_id, sold_on);
create index surplus_payout_by_day on rahnu.surplus_payout (institution_id, done_on)
  where status = 'DONE';
