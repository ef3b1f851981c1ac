"""Reads MessagePack, so that schemathesis holds those answers to the document too."""

import msgpack
import schemathesis


@schemathesis.deserializer("application/msgpack", "application/vnd.msgpack")
def read(ctx, response):
    return msgpack.unpackb(response.content)
