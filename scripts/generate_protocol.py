"""Write the page's TypeScript types from the protocol structs.

Run ``python scripts/generate_protocol.py`` after changing ``src/studium/protocol``; ``--check`` only compares.
"""

import enum
import importlib
import pkgutil
import sys
import types
import typing
from pathlib import Path
from uuid import UUID

import msgspec

import studium.protocol

TARGET = Path(__file__).parents[1] / "web" / "src" / "protocol" / "generated.ts"
HEADER = "// Made by scripts/generate_protocol.py from src/studium/protocol. Change that and run `make protocol`.\n"
PRIMITIVES = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    UUID: "string",
}


def type_text(annotation: object) -> str:
    """The TypeScript spelling of a Python annotation that the protocol uses."""
    if isinstance(annotation, typing.NewType):
        return annotation.__name__
    if annotation is typing.Any:
        return "unknown"
    if isinstance(annotation, type) and annotation in PRIMITIVES:
        return PRIMITIVES[annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(type_text(a) for a in arguments)
    if origin is list:
        inner = type_text(arguments[0])
        return f"({inner})[]" if "|" in inner else f"{inner}[]"
    if origin is dict:
        return f"Record<string, {type_text(arguments[1])}>"
    if isinstance(annotation, type):
        return annotation.__name__
    raise TypeError(f"the protocol uses {annotation!r}, which has no TypeScript spelling yet")


def comment(text: str | None, indent: str = "") -> str:
    if not text:
        return ""
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    return f"{indent}/**\n" + "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines) + f"{indent} */\n"


def struct_text(struct: type[msgspec.Struct]) -> str:
    hints = typing.get_type_hints(struct)
    config = struct.__struct_config__
    body = f"export interface {struct.__name__} {{\n"
    if config.tag is not None:
        body += f'  {config.tag_field}: "{config.tag}";\n'
    for field in msgspec.structs.fields(struct):
        has_default = not (field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT)
        body += f"  {field.encode_name}{'?' if has_default else ''}: {type_text(hints[field.name])};\n"
    return comment(struct.__doc__) + body + "}\n"


def enum_text(cls: type[enum.StrEnum]) -> str:
    members = "\n".join(f'  | "{m.value}"' for m in cls)
    return f"{comment(cls.__doc__)}export type {cls.__name__} =\n{members};\n"


def constants_text(cls: type) -> str:
    body = "".join(f"  {k}: {v},\n" for k, v in vars(cls).items() if k.isupper())
    return f"{comment(cls.__doc__)}export const {cls.__name__} = {{\n{body}}} as const;\n"


def generate() -> str:
    """The whole text of the generated file."""
    parts = [HEADER]
    for info in sorted(pkgutil.iter_modules(studium.protocol.__path__), key=lambda m: m.name):
        module = importlib.import_module(f"studium.protocol.{info.name}")
        for name, value in vars(module).items():
            if isinstance(value, typing.NewType):
                if value.__module__ == module.__name__:
                    parts.append(f'export type {name} = string & {{ readonly __id?: "{name}" }};\n')
            elif isinstance(value, type) and value.__module__ == module.__name__:
                if value.__name__ != name:
                    parts.append(f"export type {name} = {value.__name__};\n")
                elif issubclass(value, msgspec.Struct):
                    parts.append(struct_text(value))
                elif issubclass(value, enum.StrEnum):
                    parts.append(enum_text(value))
                elif any(key.isupper() for key in vars(value)):
                    parts.append(constants_text(value))
            elif name[0].isupper() and isinstance(value, types.UnionType):
                parts.append(f"export type {name} = {type_text(value)};\n")
            elif name.isupper() and isinstance(value, str):
                parts.append(f'export const {name} = "{value}";\n')
            elif name == "HTTP_STATUS":
                rows = "".join(f"  {k.value}: {v},\n" for k, v in value.items())
                parts.append(f"export const {name}: Record<ErrorCode, number> = {{\n{rows}}};\n")
    return "\n".join(parts)


def main() -> int:
    text = generate()
    if "--check" in sys.argv[1:]:
        if not TARGET.exists() or TARGET.read_text() != text:
            print(f"{TARGET.name} differs from the Python structs: run `make protocol`.", file=sys.stderr)
            return 1
        return 0
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
