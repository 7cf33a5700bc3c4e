-- What services conclude from samples; all of it can be computed again.
-- computed_at names the time when the whole session was worked out. Rows of an earlier time that were not
-- replaced are left over, and readers pass them over.

-- Numbers of each interval that charts and facades show; all others are computed from the samples on demand.
CREATE TABLE IF NOT EXISTS stream_intervals (
    workspace_id UInt32,
    peer_id String CODEC(ZSTD(1)),
    connection String CODEC(ZSTD(1)),
    stream_id LowCardinality(String),
    start DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    end DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    computed_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    direction LowCardinality(String),
    kind LowCardinality(String),
    flags LowCardinality(String),
    bitrate Nullable(Float32) CODEC(ZSTD(1)),
    packet_rate Nullable(Float32) CODEC(ZSTD(1)),
    loss_ratio Nullable(Float32) CODEC(ZSTD(1)),
    discard_ratio Nullable(Float32) CODEC(ZSTD(1)),
    jitter Nullable(Float32) CODEC(ZSTD(1)),
    round_trip_time Nullable(Float32) CODEC(ZSTD(1)),
    jitter_buffer_delay Nullable(Float32) CODEC(ZSTD(1)),
    concealment_ratio Nullable(Float32) CODEC(ZSTD(1)),
    audio_rms Nullable(Float32) CODEC(ZSTD(1)),
    frame_rate Nullable(Float32) CODEC(ZSTD(1)),
    frame_width Nullable(Float32) CODEC(ZSTD(1)),
    frame_height Nullable(Float32) CODEC(ZSTD(1)),
    freeze_ratio Nullable(Float32) CODEC(ZSTD(1)),
    mos Nullable(Float32) CODEC(ZSTD(1)),
    mos_low Nullable(Float32) CODEC(ZSTD(1)),
    mos_high Nullable(Float32) CODEC(ZSTD(1)),
    r_factor Nullable(Float32) CODEC(ZSTD(1)),
    scale LowCardinality(Nullable(String)),
    model LowCardinality(String),
    reason LowCardinality(String)
) ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(computed_at)
ORDER BY (workspace_id, peer_id, connection, stream_id, start)
SETTINGS
    fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
    max_suspicious_broken_parts = 1000000, max_suspicious_broken_parts_bytes = 1000000000000,
    non_replicated_deduplication_window = 0;

-- One peer's streams and distributions as JSON (sonde.model.conclusions.PeerSummary): read whole, by its key.
CREATE TABLE IF NOT EXISTS peer_summaries (
    workspace_id UInt32,
    peer_id String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    computed_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    summary String CODEC(ZSTD(3))
) ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(computed_at)
ORDER BY (workspace_id, peer_id)
SETTINGS
    fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
    max_suspicious_broken_parts = 1000000, max_suspicious_broken_parts_bytes = 1000000000000,
    non_replicated_deduplication_window = 0;

CREATE TABLE IF NOT EXISTS issues (
    workspace_id UInt32,
    peer_id String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    computed_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    connection String CODEC(ZSTD(1)),
    type LowCardinality(String),
    severity LowCardinality(String),
    cause LowCardinality(String),
    stream LowCardinality(Nullable(String)),
    direction LowCardinality(Nullable(String)),
    kind LowCardinality(Nullable(String)),
    start DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    end DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    evidence String CODEC(ZSTD(3))
) ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(computed_at)
ORDER BY (workspace_id, peer_id, start, type, connection, ifNull(stream, ''))
SETTINGS
    fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
    max_suspicious_broken_parts = 1000000, max_suspicious_broken_parts_bytes = 1000000000000,
    non_replicated_deduplication_window = 0;
