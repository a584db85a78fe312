"""Reads a queue as MassTransit would: what it could not take is said, with the reason.

Each message is one line of JSON on standard output: {"taken": body, "redelivered": …} or {"refused": reason}. It reads until it
is ended, and connects again where the broker goes away.
"""

import json
import re
import sys
import time
from urllib.parse import urlsplit

import pika
from pika.exceptions import AMQPError

MEDIA_TYPE = "application/vnd.masstransit+json"
GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z")
URN = re.compile(r"urn:message:[A-Za-z_][\w.]*:[A-Za-z_]\w*(\+[A-Za-z_]\w*)*")
ADDRESSES = ("sourceAddress", "destinationAddress", "responseAddress", "faultAddress")
IDS = ("messageId", "requestId", "correlationId", "conversationId", "initiatorId")
MEMBERS = set(ADDRESSES) | set(IDS) | {"messageType", "message", "expirationTime", "sentTime", "headers", "host"}


def require(condition, reason):
    if not condition:
        raise ValueError(reason)


def check(method, properties, body):
    """The envelope of a message that a MassTransit consumer takes."""
    require(properties.content_type == MEDIA_TYPE, f"content type {properties.content_type}")
    headers = properties.headers or {}
    require(headers.get("Content-Type") == MEDIA_TYPE, "header Content-Type")
    require(properties.delivery_mode == 2, "not persistent")
    require(method.routing_key == "", f"routing key {method.routing_key!r}")
    envelope = json.loads(body.decode("utf-8"))
    require(isinstance(envelope, dict), "no object")
    require(set(envelope) <= MEMBERS, f"members {set(envelope) - MEMBERS}")
    require(None not in envelope.values(), "a null")
    for name in IDS:
        require(name not in envelope or GUID.fullmatch(envelope[name]), name)
    for name in ADDRESSES:
        if name in envelope:
            address = urlsplit(envelope[name])
            require(address.scheme == "rabbitmq" and address.hostname, name)
    require("messageId" in envelope and properties.message_id == envelope["messageId"], "message id")
    types = envelope.get("messageType")
    require(isinstance(types, list) and types, "messageType")
    require(all(isinstance(urn, str) and URN.fullmatch(urn) for urn in types), "messageType")
    require(isinstance(envelope.get("message"), dict), "message")
    require(MOMENT.fullmatch(envelope.get("sentTime", "")), "sentTime")
    require(isinstance(envelope.get("headers"), dict), "headers")
    host = envelope.get("host")
    require(isinstance(host, dict) and isinstance(host.get("processId"), int), "host")
    for name in ("assemblyVersion", "massTransitVersion"):
        require(re.fullmatch(r"\d+(\.\d+){3}", host.get(name, "")), name)
    return envelope


def consume(url, queue):
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.basic_qos(prefetch_count=500)
    for method, properties, body in channel.consume(queue):
        try:
            line = {"taken": check(method, properties, body), "redelivered": method.redelivered}
        except (ValueError, KeyError, TypeError) as error:
            line = {"refused": str(error), "body": body.decode("utf-8", "replace")}
        print(json.dumps(line), flush=True)
        channel.basic_ack(method.delivery_tag)


def main():
    url, queue = sys.argv[1:]
    while True:
        try:
            consume(url, queue)
        except (AMQPError, OSError):
            # The broker is away, or the queue is not there yet.
            time.sleep(0.1)


main()
