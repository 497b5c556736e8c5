"""`Spec`: what every part of a definition is."""

import ast
import inspect
from functools import cache
from itertools import pairwise
from textwrap import dedent

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Spec(BaseModel):
    """A frozen piece of a definition: camelCase outside, unknown keys refused.

    What is written below a field describes it in the JSON Schema.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        hide_input_in_errors=True,
        defer_build=True,  # what is never used is not built: half of what importing would cost
    )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        generated = handler(schema)
        properties = handler.resolve_ref_schema(generated).get("properties", {})
        for name, text in descriptions(cls).items():
            for key in {name, cls.model_fields[name].alias} & properties.keys():
                properties[key]["description"] = text
        return generated


@cache
def descriptions(spec: type[Spec]) -> dict[str, str]:
    """Return what is written below each field.

    Pydantic's own `use_attribute_docstrings` reads all sources at import, and makes that twice as
    long; a run needs none of it.
    """
    found: dict[str, str] = {}
    for each in reversed(spec.__mro__):
        if issubclass(each, Spec) and each is not Spec:
            found = {k: v for k, v in found.items() if k not in each.__annotations__}
            for part in ast.parse(dedent(inspect.getsource(each))).body:
                if isinstance(part, ast.ClassDef):
                    found |= _below_fields(part)
    return {name: text for name, text in found.items() if name in spec.model_fields}


def _below_fields(definition: ast.ClassDef) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, below in pairwise(definition.body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = inspect.cleandoc(text)
            case _:
                pass
    return found
