ALTER TABLE round_results
    DROP COLUMN IF EXISTS pacing_error_p50,
    DROP COLUMN IF EXISTS pacing_error_max,
    DROP COLUMN IF EXISTS agent_drops_of,
    DROP COLUMN IF EXISTS priority;
