-- What ran: one row per operation, one per step. No reference to herds or instances: the record outlives them.
-- Times are milliseconds since 1970, UTC.
CREATE TABLE ele_operation (
    operation_id text PRIMARY KEY,
    kind text NOT NULL,
    title text NOT NULL,
    herd_id integer,
    operator_name text NOT NULL,
    client_host text NOT NULL,
    reason text NOT NULL,
    plan text NOT NULL,
    state text NOT NULL,
    started_at integer NOT NULL,
    ended_at integer
)
--;
CREATE TABLE ele_operation_step (
    operation_id text NOT NULL REFERENCES ele_operation (operation_id) ON DELETE CASCADE,
    step_number integer NOT NULL,
    title text NOT NULL,
    target text NOT NULL,
    instance_id integer,
    state text NOT NULL,
    started_at integer,
    ended_at integer,
    message text NOT NULL,
    command text NOT NULL,
    output blob NOT NULL,
    PRIMARY KEY (operation_id, step_number)
)
--;
CREATE INDEX ele_operation_started_at ON ele_operation (started_at)
