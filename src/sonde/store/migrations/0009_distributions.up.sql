-- Where the medium of a stream comes from: distributions are told apart by it.
ALTER TABLE stream_intervals ADD COLUMN IF NOT EXISTS source LowCardinality(Nullable(String)) AFTER kind;

-- How each number of a stream was spread over its intervals; made of stream_intervals in one go and never
-- added to, so that a repetition becomes the same row. Readers merge rows, of as many streams as they like.
-- Bounded numbers have an exact histogram, the others a sketch whose percentiles are within 0.5 %.
CREATE TABLE IF NOT EXISTS stream_distributions (
    workspace_id UInt32,
    session_id String CODEC(ZSTD(1)),
    peer_id String CODEC(ZSTD(1)),
    connection String CODEC(ZSTD(1)),
    stream_id LowCardinality(String),
    number LowCardinality(String),
    scale LowCardinality(String),
    computed_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    direction LowCardinality(String),
    kind LowCardinality(String),
    source LowCardinality(Nullable(String)),
    intervals UInt32 CODEC(ZSTD(1)),
    seconds Float64 CODEC(ZSTD(1)),
    total Float64 CODEC(ZSTD(1)),
    low Float32 CODEC(ZSTD(1)),
    high Float32 CODEC(ZSTD(1)),
    sketch AggregateFunction(quantilesDD(0.0016, 0.5), Float32) CODEC(ZSTD(3)),
    histogram Map(Int32, UInt32) CODEC(ZSTD(3))
) ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(computed_at)
ORDER BY (workspace_id, session_id, peer_id, connection, stream_id, number, scale)
SETTINGS
    fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
    max_suspicious_broken_parts = 1000000, max_suspicious_broken_parts_bytes = 1000000000000,
    non_replicated_deduplication_window = 0;
