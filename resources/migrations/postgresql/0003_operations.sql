-- What ran: one row per operation, one per step. No reference to herds or instances: the record outlives them.
CREATE TABLE {schema}.ele_operation (
    operation_id uuid PRIMARY KEY,
    kind text NOT NULL,
    title text NOT NULL,
    herd_id int,
    operator_name text NOT NULL,
    client_host text NOT NULL,
    reason text NOT NULL,
    plan jsonb NOT NULL,
    state text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz
);

CREATE TABLE {schema}.ele_operation_step (
    operation_id uuid NOT NULL REFERENCES {schema}.ele_operation (operation_id) ON DELETE CASCADE,
    step_number int NOT NULL,
    title text NOT NULL,
    target text NOT NULL,
    instance_id int,
    state text NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    message text NOT NULL,
    command text NOT NULL,
    output bytea NOT NULL,
    PRIMARY KEY (operation_id, step_number)
);
CREATE INDEX ele_operation_started_at ON {schema}.ele_operation (started_at);
