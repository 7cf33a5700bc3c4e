-- One row for each source agent's stream in each round.
-- An agent may send a round again in another batch, and a chunk may be inserted again after a crash: the
-- sorting key makes both the same row, and readers say FINAL.
-- Months: retention is counted in them, a batch from an agent that was offline touches few of them (each
-- further partition makes an insert half as dear again), and FINAL can work on each alone.
CREATE TABLE IF NOT EXISTS round_results (
    workspace_id UInt32,
    source_agent_id UInt32,
    received_at DateTime64(9, 'UTC'),

    test_id UInt32,
    round_id UInt32,
    target_agent_id UInt32,
    interval UInt32,
    duration UInt32,
    codec LowCardinality(String),
    dscp UInt8,
    jitter_buffer Float64,
    started_at DateTime64(9, 'UTC'),
    target_address LowCardinality(String),
    target_port UInt16,
    error LowCardinality(Nullable(String)),
    error_detail String,

    packets_sent Nullable(UInt32),
    packets_received Nullable(UInt32),
    packets_lost Nullable(UInt32),
    packets_duplicated Nullable(UInt32),
    packets_reordered Nullable(UInt32),
    packets_discarded Nullable(UInt32),
    loss_ratio Nullable(Float64),
    discard_ratio Nullable(Float64),
    one_way_delay_min Nullable(Float64),
    one_way_delay_mean Nullable(Float64),
    one_way_delay_p50 Nullable(Float64),
    one_way_delay_p95 Nullable(Float64),
    one_way_delay_p99 Nullable(Float64),
    one_way_delay_max Nullable(Float64),
    pdv_mean Nullable(Float64),
    pdv_p50 Nullable(Float64),
    pdv_p95 Nullable(Float64),
    pdv_p99 Nullable(Float64),
    pdv_p999 Nullable(Float64),
    pdv_max Nullable(Float64),
    ipdv_abs_mean Nullable(Float64),
    jitter Nullable(Float64),
    dscp_received Nullable(UInt8),
    dscp_counts Map(UInt8, UInt32),
    ttl_min Nullable(UInt8),
    ttl_max Nullable(UInt8),

    pacing_error_p99 Nullable(Float64),
    stall_max Nullable(Float64),
    send_errors UInt32,
    agent_drops UInt32,
    timestamp_source LowCardinality(String),
    consent_round_trip_time Nullable(Float64),
    round_trip_time_min Nullable(Float64),
    clock_method LowCardinality(String),
    clock_error_bound Nullable(Float64),
    forged_packets UInt32,
    source_version LowCardinality(String),
    target_version LowCardinality(String),

    score_mos_cq Nullable(Float64),
    score_r_factor Nullable(Float64),
    score_scale LowCardinality(String),
    score_model LowCardinality(String),
    score_version LowCardinality(String),
    score_codec_max_mos Float64,
    score_reason LowCardinality(String),
    score_notes Array(String),

    rating_ro Nullable(Float64),
    rating_is Nullable(Float64),
    rating_idte Nullable(Float64),
    rating_idle Nullable(Float64),
    rating_idd Nullable(Float64),
    rating_ie_eff Nullable(Float64),
    rating_a Nullable(Float64),
    rating_r Nullable(Float64)
) ENGINE = ReplacingMergeTree(received_at)
PARTITION BY toYYYYMM(toDateTime(round_id, 'UTC'))
ORDER BY (workspace_id, test_id, round_id, source_agent_id)
SETTINGS
    -- Without all four a power cut loses acknowledged rows: a merge replaces parts that are on the disk by
    -- one that is not.
    fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
    -- Broken parts are put aside and counted; they must not keep the store from opening.
    max_suspicious_broken_parts = 1000000, max_suspicious_broken_parts_bytes = 1000000000000,
    -- The log of tokens is written before the part exists and never synced: see ADR 0002.
    non_replicated_deduplication_window = 0;

-- Packets by delay variation, sparse: bins[i] holds counts[i] packets. Read on demand only, so that the
-- rows above stay narrow. Every result has a row here, empty when nothing arrived, so that a result that
-- replaces another replaces its histogram too.
CREATE TABLE IF NOT EXISTS delay_histograms (
    workspace_id UInt32,
    source_agent_id UInt32,
    received_at DateTime64(9, 'UTC'),
    test_id UInt32,
    round_id UInt32,
    bins Array(UInt16),
    counts Array(UInt32)
) ENGINE = ReplacingMergeTree(received_at)
PARTITION BY toYYYYMM(toDateTime(round_id, 'UTC'))
ORDER BY (workspace_id, test_id, round_id, source_agent_id)
SETTINGS
    fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
    max_suspicious_broken_parts = 1000000, max_suspicious_broken_parts_bytes = 1000000000000,
    non_replicated_deduplication_window = 0;
