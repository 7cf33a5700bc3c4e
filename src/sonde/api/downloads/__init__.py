"""Files that can be fetched with a signed address and no token: chats, transcripts and summaries.

Their formats are RealtimeKit's, so that what reads its files reads these.
"""
