-- What a peer's report is made of, as services made it: read whole, by its key, where samples of an hour would
-- take ten times as long. `payloads` says of how many it was made, so that a later one shows that it is old;
-- `layout` names the release's form of the body. A long body has a granule to itself.
CREATE TABLE IF NOT EXISTS peer_reports (
    workspace_id UInt32,
    peer_id String CODEC(ZSTD(1)),
    computed_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    payloads UInt32 CODEC(ZSTD(1)),
    layout LowCardinality(String),
    body String CODEC(ZSTD(3))
) ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(computed_at)
ORDER BY (workspace_id, peer_id)
SETTINGS
    index_granularity_bytes = 262144,
    fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
    max_suspicious_broken_parts = 1000000, max_suspicious_broken_parts_bytes = 1000000000000,
    non_replicated_deduplication_window = 0;
