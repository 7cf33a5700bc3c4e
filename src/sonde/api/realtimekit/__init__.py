"""Cloudflare RealtimeKit's API, as its official clients call it.

An account is an organization and an app is a workspace, each named by a UUID that is made from its number
(`sonde.model.people.Workspace`), so nothing has to be set up before the API can be used.
"""
