-- What happened to each packet of a stream, packed by the agent (sonde.model.packets) and kept as it came:
-- in arrays of their own the values take no less room, and cost ten times as much to insert.
-- Every result has a row here, empty when it brought no packets, so that a result that replaces another
-- replaces its packets too.
-- A table of its own, so that packets can go earlier than results.
CREATE TABLE IF NOT EXISTS round_packets (
    workspace_id UInt32,
    source_agent_id UInt32,
    received_at DateTime64(9, 'UTC'),
    test_id UInt32,
    round_id UInt32,
    reverse_target_id UInt32,
    rows UInt32,
    is_one_way Bool,
    data String CODEC(NONE)
) ENGINE = ReplacingMergeTree(received_at)
PARTITION BY toYYYYMM(toDateTime(round_id, 'UTC'))
ORDER BY (workspace_id, test_id, round_id, source_agent_id, reverse_target_id)
SETTINGS
    fsync_after_insert = 1, fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1,
    max_suspicious_broken_parts = 1000000, max_suspicious_broken_parts_bytes = 1000000000000,
    non_replicated_deduplication_window = 0;

-- In a two-way test one agent sends a reverse stream to several others in the same round: see
-- sonde.store.round_rows.reverse_target_id. It is 0 in every row that is there already.
ALTER TABLE round_results
    ADD COLUMN IF NOT EXISTS reverse_target_id UInt32,
    MODIFY ORDER BY (workspace_id, test_id, round_id, source_agent_id, reverse_target_id);

ALTER TABLE delay_histograms
    ADD COLUMN IF NOT EXISTS reverse_target_id UInt32,
    MODIFY ORDER BY (workspace_id, test_id, round_id, source_agent_id, reverse_target_id);
