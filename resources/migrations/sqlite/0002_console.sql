-- The console's settings and the lock of a herd while an operation works on it. Times are milliseconds since 1970, UTC.
CREATE TABLE ele_console_setting (
    setting_key text PRIMARY KEY,
    setting_value text NOT NULL,
    modified_at integer NOT NULL,
    modified_by text NOT NULL
)
--;
CREATE TABLE ele_herd_lock (
    herd_id integer PRIMARY KEY REFERENCES ele_herd (herd_id) ON DELETE CASCADE,
    operation_id text NOT NULL,
    operator_name text NOT NULL,
    client_host text NOT NULL,
    taken_at integer NOT NULL,
    beat_at integer NOT NULL
)
