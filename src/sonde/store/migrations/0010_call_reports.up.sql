-- Call reports that Telnyx SDKs uploaded: what is known of each beside its body, which is in `reports` under
-- the same peer and digest. A repeated upload is the same report, and the one that came first stays.
CREATE TABLE IF NOT EXISTS call_reports (
    workspace_id UInt32,
    call_id String CODEC(ZSTD(1)),
    digest FixedString(16) CODEC(NONE),
    peer_id String CODEC(ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    organization_id UInt32,
    person_id UInt32,
    voice_sdk_id String CODEC(ZSTD(1)),
    user_agent LowCardinality(String),
    earliness UInt64 MATERIALIZED 18446744073709551615 - toUnixTimestamp64Milli(received_at)
) ENGINE = ReplacingMergeTree(earliness)
PARTITION BY toYYYYMM(received_at)
ORDER BY (workspace_id, call_id, digest)
SETTINGS
    fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
    max_suspicious_broken_parts = 1000000, max_suspicious_broken_parts_bytes = 1000000000000,
    non_replicated_deduplication_window = 0;
