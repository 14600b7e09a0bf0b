"""One JSON schema for everything that a brain may answer: words, or one tool with its arguments. Every string and list ends.

A grammar made of it lets even a model of random weights answer in form: strings and lists have a longest length, and objects
with free keys are lists of names and values here (`arguments_of` turns them back).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

WORDS = 600  # characters of words for the person
STRING = 80  # of any other string
ITEMS = 6  # of any list
PAIR = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 60}, "value": {"type": "string", "maxLength": STRING}},
    "required": ["name", "value"],
}
LEFT_OUT = frozenset({"words", "language", "modality", "confidence", "open_points"})  # code knows them better

Schema = dict[str, Any]


def answer_schema(tools: Sequence[Mapping[str, Any]]) -> Schema:
    """tools: in OpenAI's form. Either {"say"} or {"tool", "arguments"}."""
    words: Schema = {
        "type": "object",
        "properties": {"say": {"type": "string", "minLength": 1, "maxLength": WORDS}},
        "required": ["say"],
    }
    return {"anyOf": [words, *(_call(tool["function"]) for tool in tools)]}


def arguments_of(arguments: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as the tool takes them: lists of names and values become objects again."""
    properties = parameters.get("properties", {})
    return {name: _restored(value, properties.get(name, {})) for name, value in arguments.items()}


def _call(function: Mapping[str, Any]) -> Schema:
    arguments = bounded(function.get("parameters", {}))
    return {
        "type": "object",
        "properties": {"tool": {"const": function["name"]}, "arguments": arguments},
        "required": ["tool", "arguments"],
    }


def bounded(schema: Mapping[str, Any]) -> Schema:
    """The schema without descriptions, defaults and nulls, and with an end to every string and list."""
    options = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    if options:
        return bounded(options[0]) if len(options) == 1 else {"anyOf": [bounded(one) for one in options]}
    if "enum" in schema or "const" in schema:
        return {name: schema[name] for name in ("enum", "const") if name in schema}
    kind = schema.get("type", "string")
    if kind == "string":
        return {"type": "string", "maxLength": STRING}
    if kind == "array":
        return {"type": "array", "items": bounded(schema.get("items", {})), "maxItems": ITEMS}
    if kind != "object":
        return {"type": kind}
    if _is_free(schema):
        return {"type": "array", "items": PAIR, "maxItems": ITEMS}
    named = {name: bounded(part) for name, part in schema.get("properties", {}).items() if name not in LEFT_OUT}
    required = [name for name in schema.get("required", []) if name in named]
    return {"type": "object", "properties": named, "required": required, "additionalProperties": False}


def _is_free(schema: Mapping[str, Any]) -> bool:
    """An object whose keys are not named."""
    return schema.get("type") == "object" and not schema.get("properties") and bool(schema.get("additionalProperties"))


def _restored(value: Any, schema: Mapping[str, Any]) -> Any:
    options = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    if len(options) == 1:
        schema = options[0]
    if _is_free(schema) and isinstance(value, list):
        return {pair["name"]: pair["value"] for pair in value}
    if schema.get("type") == "object" and isinstance(value, Mapping):
        return arguments_of(value, schema)
    return value
