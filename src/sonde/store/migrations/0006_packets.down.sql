DROP TABLE IF EXISTS round_packets SYNC;

-- Reverse results have no place in the keys of before.
ALTER TABLE round_results DELETE WHERE reverse_target_id > 0 SETTINGS mutations_sync = 2;

ALTER TABLE delay_histograms DELETE WHERE reverse_target_id > 0 SETTINGS mutations_sync = 2;
