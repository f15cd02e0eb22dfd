"""The floor of a heartbeat: bare Flask and SQLAlchemy Core; reads a session row, merges, commits one update once.

No forgery check, no budget of seconds, no completion, no errors a person could read.
"""

import os
from typing import Any

from flask import Flask, abort, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    create_engine,
    event,
    select,
    update,
)

LEARNERS = int(os.environ["BENCH_LEARNERS"])

app = Flask(__name__)
engine = create_engine(os.environ["BENCH_DATABASE"])
if engine.dialect.name == "sqlite":

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")  # as durable as the service

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


tables = MetaData()
session = Table(
    "floor_session",
    tables,
    Column("token", String(64), primary_key=True),
    Column("progress_id", Integer, nullable=False),
    Column("bits", LargeBinary, nullable=False),
    Column("seconds", Integer, nullable=False),
)
tables.create_all(engine)
with engine.begin() as begun:
    if begun.execute(select(session.c.token).limit(1)).first() is None:
        begun.execute(
            session.insert(),
            [{"token": f"token-{n}", "progress_id": n, "bits": b"", "seconds": 0} for n in range(LEARNERS)],
        )

READ = select(session.c.bits).where(session.c.token == bindparam("given"))
if engine.dialect.name == "postgresql":
    READ = READ.with_for_update()
WRITE = (
    update(session)
    .where(session.c.token == bindparam("given"))
    .values(bits=bindparam("merged"), seconds=bindparam("count"))
)


@app.post("/m/<enrolment>/progress")
def progress(enrolment: str) -> ResponseReturnValue:
    token = request.cookies["session"]
    played = request.get_json()["played"]
    with engine.begin() as connection:
        row = connection.execute(READ, {"given": token}).first()
        if row is None:
            abort(401)
        bits = int.from_bytes(row.bits, "little")
        for start, end in played:
            bits |= ((1 << (end - start)) - 1) << start
        merged = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
        connection.execute(WRITE, {"given": token, "merged": merged, "count": bits.bit_count()})
    return jsonify(watched=bits.bit_count(), accepted=played)
