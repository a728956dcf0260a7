-- A shop of eleven tables: `people` customers of 168 rows each, one customer who signed in `many` times, and one with
-- `keys` orders of one item each.
-- Shapes and counts are those of the engine's standard workload.
create table product (id int primary key, name varchar(100), description varchar(200), price numeric(10, 2));
create table address (
    id bigint primary key, house int, street varchar(100), city varchar(100), state varchar(100), zip varchar(100)
);
create table customer (
    id int primary key, email varchar(100), name varchar(100), created timestamp, address_id bigint
);
create table employee (id int primary key, email varchar(100), name varchar(100), address_id bigint);
create table payment_card (
    id varchar(100) primary key, name varchar(100), ccn bigint, code smallint, preferred boolean, customer_id int,
    billing_address_id bigint
);
create table orders (
    id varchar(100) primary key, customer_id int, shipping_address_id bigint, payment_card_id varchar(100)
);
create table order_item (
    id bigint primary key, order_id varchar(100), item_no smallint, product_id int, quantity smallint
);
create table visit (id bigint primary key, email varchar(100), last_visit timestamp);
create table login (id bigint primary key, customer_id int, time timestamp);
create table service_request (
    id varchar(100) primary key, email varchar(100), alt_email varchar(100), opened date, closed date, employee_id int
);
create table report (
    id int primary key, email varchar(100), name varchar(100), year int, month int, total_visits int
);

insert into product select n, 'Thing ' || n, 'Thing number ' || n, n * 17 % 9001 / 100.0 from generate_series(1, 1000) n;
insert into address select n, n % 300, 'Long Road', 'Town ' || n % 200, 'State ' || n % 40, n::text
    from generate_series(1, 2 * :people + 200) n;
insert into customer
    select n, 'customer' || n || '@example.com', 'Name ' || n, timestamp '2020-01-01' + n % 1800 * interval '1 day', 2 * n
    from generate_series(1, :people) n;
insert into employee select n, 'employee' || n || '@shop.example', 'Employee ' || n, 2 * :people + n
    from generate_series(1, 200) n;
insert into payment_card
    select 'card-' || n || '-' || k, 'Card ' || k, 4000000000000000 + 10 * n::bigint + k, (n + k) % 1000, k = 1, n,
        2 * n - k % 2
    from generate_series(1, :people) n, generate_series(1, 5) k;
insert into orders
    select 'order-' || n || '-' || k, n, 2 * n - k % 2, 'card-' || n || '-' || 1 + k % 5
    from generate_series(1, :people) n, generate_series(1, 20) k;
insert into order_item
    select (n::bigint * 20 + k) * 3 + m, 'order-' || n || '-' || k, m, 1 + (n * 7 + k * 13 + m * 101) % 1000, 1 + m
    from generate_series(1, :people) n, generate_series(1, 20) k, generate_series(0, 2) m;
insert into login
    select n::bigint * 50 + k, n, timestamp '2021-01-01' + n % 1000 * interval '1 day' + k * interval '17 hours'
    from generate_series(1, :people) n, generate_series(0, 49) k;
insert into service_request
    select 'case-' || n || '-' || k, 'customer' || n || '@example.com',
        case when k % 2 = 0 then 'other' || n || '@example.org' end, date '2022-01-01' + (n + k) % 700,
        date '2022-01-05' + (n + k) % 700, 1 + (n + k) % 200
    from generate_series(1, :people) n, generate_series(1, 10) k;
insert into visit
    select n::bigint * 20 + k, 'customer' || n || '@example.com', timestamp '2021-06-01' + k * interval '5 hours'
    from generate_series(1, :people) n, generate_series(0, 19) k;
insert into report select n, 'employee' || 1 + n % 200 || '@shop.example', 'Monthly', 2020 + n % 5, 1 + n % 12, n % 1000
    from generate_series(1, 2400) n;

insert into customer values (2000000000, 'many@example.com', 'Many Logins', '2020-01-01', 1);
insert into login
    select 1000000000000 + n, 2000000000, timestamp '2000-01-01' + n * interval '7 minutes'
    from generate_series(1, :many) n;
insert into customer values (2000000001, 'keys@example.com', 'Many Orders', '2020-01-01', 1);
insert into orders select 'order-many-' || n, 2000000001, 1, 'card-1-1' from generate_series(1, :keys) n;
insert into order_item
    select 1000000000000 + n, 'order-many-' || n, 1, 1 + n % 1000, 1 from generate_series(1, :keys) n;

create index on customer (email);
create index on customer (address_id);
create index on employee (email);
create index on payment_card (customer_id);
create index on orders (customer_id);
create index on order_item (order_id);
create index on login (customer_id);
create index on visit (email);
create index on service_request (email);
create index on service_request (alt_email);
create index on service_request (employee_id);
create index on report (email);
analyze;
