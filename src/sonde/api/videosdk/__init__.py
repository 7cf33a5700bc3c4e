"""VideoSDK's REST API: sessions, the people in them, and their quality, at `/videosdk/v2`.

`router` has the paths, `schema` the shapes, `mapping` turns what services find into them.
"""
