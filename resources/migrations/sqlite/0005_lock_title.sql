-- What the operation that holds the lock of a herd does, for those who have to wait.
ALTER TABLE ele_herd_lock ADD COLUMN title text NOT NULL DEFAULT ''
