"""Drafts and checks on real servers: a shop drafted, collected, and held against the map that people wrote for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.mapping.drafting import Desk
from tests.stores.sql_servers import SQL_SERVERS, SqlServer, make_server, new_database
from tools.bench import shop

WRITTEN = Path(shop.__file__).parent / "datamap"
SHOP = """
create table product(id int primary key, name varchar(100), description varchar(200), price numeric(10,2));
create table address(id bigint primary key, house int, street varchar(100), city varchar(100), state varchar(100),
 zip varchar(100));
create table customer(id int primary key, email varchar(100), name varchar(100), created timestamp, address_id bigint);
create table employee(id int primary key, email varchar(100), name varchar(100), address_id bigint);
create table payment_card(id varchar(100) primary key, name varchar(100), ccn bigint, code smallint,
 preferred boolean, customer_id int, billing_address_id bigint);
create table orders(id varchar(100) primary key, customer_id int, shipping_address_id bigint,
 payment_card_id varchar(100));
create table order_item(id bigint primary key, order_id varchar(100), item_no smallint, product_id int,
 quantity smallint);
create table visit(id bigint primary key, email varchar(100), last_visit timestamp);
create table login(id bigint primary key, customer_id int, time timestamp);
create table service_request(id varchar(100) primary key, email varchar(100), alt_email varchar(100), opened date,
 closed date, employee_id int);
create table report(id int primary key, email varchar(100), name varchar(100), year int, month int, total_visits int);
insert into product values (1, 'Pen', 'A pen', 1.50), (2, 'Ink', 'Blue', 4), (3, 'Nib', 'Steel', 2);
insert into employee values (1, 'employee1@shop.example', 'Employee 1', 91), (2, 'employee2@shop.example', 'E 2', 92);
insert into address values (11, 1, 'Main St', 'City', 'State', '00011'), (12, 2, 'High St', 'City', 'State', '00012'),
 (21, 3, 'Oak Avenue', 'Town', 'State', '00021'), (91, 9, 'Office Street', 'Springfield', 'IL', '00091'),
 (92, 9, 'Office Street', 'Springfield', 'IL', '00092'), (13, 5, 'Elm Road', 'City', 'State', '00013');
insert into customer values (1, 'customer1@example.com', 'Ann Lee', '2020-01-01 00:00:00', 11),
 (2, 'customer2@example.com', 'Ben Ray', '2020-01-02 00:00:00', 21);
insert into payment_card values ('pay_1', 'Card', 4000000000000002, 123, true, 1, 12),
 ('pay_2', 'Card', 4000000000000010, 321, false, 2, 21);
insert into orders values ('ord_1', 1, 13, 'pay_1'), ('ord_2', 1, 11, 'pay_1'), ('ord_3', 2, 21, 'pay_2');
insert into order_item values (1, 'ord_1', 1, 1, 2), (2, 'ord_1', 2, 2, 1), (3, 'ord_3', 1, 3, 1);
insert into visit values (1, 'customer1@example.com', '2021-06-01 00:00:00'),
 (2, 'customer2@example.com', '2021-06-01 05:00:00');
insert into login values (1, 1, '2021-01-01 00:00:00'), (2, 2, '2021-01-01 17:00:00'), (3, 1, '2021-02-01 00:00:00');
insert into service_request values ('ser_1', 'customer1@example.com', null, '2022-01-01', '2022-01-05', 1),
 ('ser_2', 'customer2@example.com', 'customer1@example.com', '2022-01-01', '2022-01-05', 2),
 ('ser_3', 'customer2@example.com', null, '2022-01-01', '2022-01-05', 1);
insert into report values (1, 'employee1@shop.example', 'Monthly report', 2020, 1, 5);
"""
KEYS = """
create table person(id integer primary key, email varchar(100));
create table deed(person_id integer, no integer, reset_token varchar(100), primary key(person_id, no),
 foreign key(person_id) references person(id));
create table part(id integer primary key, deed_person integer, deed_no integer,
 foreign key(deed_person, deed_no) references deed(person_id, no));
insert into person values (1, 'ann@example.org'), (2, 'ben@example.org');
insert into deed values (1, 0, 'x'), (2, 0, 'y');
insert into part values (1, 1, 0), (2, 2, 0), (3, null, 0);
"""


@pytest.fixture(params=SQL_SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlServer]:
    with make_server(request, tmp_path) as server:
        yield server


def fill(server: SqlServer, script: str) -> None:
    with server.writer.begin() as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.execute(text(statement))


@pytest.mark.thorough
def test_a_drafted_shop_collects_what_the_written_map_collects(server: SqlServer, tmp_path: Path) -> None:
    fill(server, SHOP)
    desk = Desk(tmp_path, shop=server.url)
    assert desk.draft() == 0
    assert desk.check() == 0
    drafted = desk.collect("email=customer1@example.com")
    written = desk.collect("email=customer1@example.com", folder=WRITTEN)
    assert drafted.keys() == written.keys()
    ids = {name: [row["id"] for row in rows] for name, rows in drafted.items()}
    assert ids == {name: [row["id"] for row in rows] for name, rows in written.items()}
    assert sum(map(len, ids.values())) == 16
    for name, rows in written.items():  # fields of the written map only: it leaves some out
        assert [{key: row[key] for key in kept} for row, kept in zip(drafted[name], rows, strict=True)] == rows


def test_foreign_keys_of_a_server_are_followed(server: SqlServer, tmp_path: Path) -> None:
    fill(server, KEYS)
    desk = Desk(tmp_path, app=server.url)
    assert desk.draft() == 0
    assert desk.check("--strict") == 0
    (part,) = [item for item in desk.loaded().collections() if item.name == "part"]
    assert [(str(item.references[0].target), item.group) for item in part.fields[1:3]] == [
        ("app:deed.person_id", "deed"),
        ("app:deed.no", "deed"),
    ]
    assert desk.loaded().collection(("app", "deed")).at("reset_token").secret
    rows = desk.collect("email=ann@example.org")
    assert rows["app/deed"] == [{"person_id": 1, "no": 0}]
    assert rows["app/part"] == [{"id": 1, "deed_person": 1, "deed_no": 0}]


def test_values_of_a_server_are_looked_at_and_not_told(
    server: SqlServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(server, f"{KEYS};\nalter table person add column thing varchar(100);\nupdate person set thing = 'a@b.example'")
    desk = Desk(tmp_path, app=server.url)
    desk.draft()
    guessed = (
        "    - {name: thing, data_categories: [user.contact.email], fides_meta: {identity: email, data_type: string}}"
    )
    assert guessed in desk.text()
    (desk.map / "app.yml").write_text(desk.text().replace(guessed, "    - {name: thing}"))
    assert desk.check("--strict") == 1
    told = capsys.readouterr().err
    assert "app:person.thing: it looks like user.contact.email (2 of 2 sampled values" in told
    assert "a@b" not in told + desk.text()


@pytest.mark.postgres
def test_another_schema_is_drafted_and_checked(
    postgres_url: str, request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = new_database(request, "postgresql", tmp_path)
    fill(server, f"create schema crm;\n{KEYS};\ncreate table crm.person(id integer primary key, phone text)")
    desk = Desk(tmp_path, app=server.url)
    assert desk.draft() == desk.check("--strict") == 0
    found = {item.name: item.source for item in desk.loaded().collections()}
    assert found["crm_person"] == {"table": "crm.person"}
    fill(server, "create table crm.more(id integer)")
    assert desk.check() == 1
    assert "app:crm.more: it is in the store but not in the map" in capsys.readouterr().err
    server.writer.dispose()


@pytest.mark.postgres
def test_a_table_that_may_not_be_read_is_left_to_the_reviewer(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    server = new_database(request, "postgresql", tmp_path)
    role = f"reader_of_{server.url.rpartition('/')[2]}"
    fill(server, f"{KEYS};\ncreate role {role} login;\ngrant select on person, part to {role}")
    desk = Desk(tmp_path, app=server.url_of(role))
    assert desk.draft() == desk.check("--offline") == 0
    assert [item.name for item in desk.loaded().collections() if item.skip_processing] == ["deed", "part"]
    assert "it cannot be read: app: this account may not read this (InsufficientPrivilege 42501)" in desk.text()
    assert len(desk.collect("email=ann@example.org")["app/person"]) == 1
    server.writer.dispose()
