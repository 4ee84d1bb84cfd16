-- The console's settings and the lock of a herd while an operation works on it.
CREATE TABLE {schema}.ele_console_setting (
    setting_key text PRIMARY KEY,
    setting_value text NOT NULL,
    modified_at timestamptz NOT NULL DEFAULT now(),
    modified_by text NOT NULL DEFAULT session_user
);

CREATE TABLE {schema}.ele_herd_lock (
    herd_id int PRIMARY KEY REFERENCES {schema}.ele_herd (herd_id) ON DELETE CASCADE,
    operation_id uuid NOT NULL,
    operator_name text NOT NULL,
    client_host text NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now(),
    beat_at timestamptz NOT NULL DEFAULT now()
);
