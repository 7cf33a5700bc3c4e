ALTER TABLE round_results
    DROP COLUMN IF EXISTS clock_stat_error,
    DROP COLUMN IF EXISTS clock_skew,
    DROP COLUMN IF EXISTS clock_conflict,
    DROP COLUMN IF EXISTS clock_step,
    DROP COLUMN IF EXISTS clock_rate_change;
