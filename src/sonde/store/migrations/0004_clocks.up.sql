ALTER TABLE round_results
    ADD COLUMN IF NOT EXISTS clock_stat_error Nullable(Float64) AFTER clock_error_bound,
    ADD COLUMN IF NOT EXISTS clock_skew Nullable(Float64) AFTER clock_stat_error,
    ADD COLUMN IF NOT EXISTS clock_conflict Bool DEFAULT false AFTER clock_skew,
    ADD COLUMN IF NOT EXISTS clock_step Nullable(Float64) AFTER clock_conflict,
    ADD COLUMN IF NOT EXISTS clock_rate_change Nullable(Float64) AFTER clock_step;
