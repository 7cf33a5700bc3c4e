-- How evenly packets left, whose packets the target's queue dropped, and how much say the sender had.
-- Rows from before know the 99th percentile alone, counted drops of all streams, and ran as any program.
ALTER TABLE round_results
    ADD COLUMN IF NOT EXISTS pacing_error_p50 Nullable(Float64),
    ADD COLUMN IF NOT EXISTS pacing_error_max Nullable(Float64),
    ADD COLUMN IF NOT EXISTS agent_drops_of LowCardinality(String) DEFAULT 'port',
    ADD COLUMN IF NOT EXISTS priority LowCardinality(String) DEFAULT 'normal';
