"""What an expression can ask, and how a wrong one is refused where it is defined."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from nodes.errors import AgentError, ExpressionError, InvalidValueError
from nodes.expression import SCOPE_NAMES, Expression

SCOPE = {"result": {"title": "مرحبا"}, "input": "in", "results": [{"output": 1}, {"output": 2}]}


def test_a_string_is_jmespath_over_the_scope():
    assert Expression("result.title")(SCOPE) == "مرحبا"
    assert Expression("results[-1].output")(SCOPE) == 2


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("result.title", {"result"}),
        ("results[?output > `1`].output | [0]", {"results"}),
        ("{a: result, b: input}", {"result", "input"}),
        ("sort_by(results, &output)[0]", {"results"}),
        ("input | title", {"input"}),
        ("@", set(SCOPE_NAMES)),
    ],
)
def test_it_knows_which_names_of_the_scope_it_asks_for(source: str, names: set[str]):
    assert Expression(source).names == names


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("a.b[", "goes wrong at character 5"),
        ("a ~ b", "goes wrong at character 3"),
        ("", "cannot be empty"),
        ("lenght(results)", "Did you mean 'length'?"),
        ("max_by(results)", "takes 2 arguments, not 1"),
    ],
)
def test_what_is_not_jmespath_is_refused_with_its_place(source: str, words: str):
    with pytest.raises(ValueError, match="JMESPath|empty|arguments") as refused:
        Expression(source)

    assert words in str(refused.value)


def test_data_that_an_expression_cannot_work_on_is_an_error_that_names_it():
    with pytest.raises(ExpressionError, match=r"'length\(result\)' cannot be used here"):
        Expression("length(result)")({"result": 5})


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        (lambda result: result["title"], "مرحبا"),
        (lambda result, input: (result["title"], input), ["مرحبا", "in"]),  # noqa: A006
        (lambda value: value["title"], "مرحبا"),
        (lambda results, more=1: len(results) + more, 3),
        (len, 1),
    ],
    ids=["one name", "two names", "another name", "a default", "a builtin"],
)
def test_a_callable_is_given_the_names_it_wants(function: Any, answer: Any):
    assert Expression(function)(SCOPE) == answer


def test_a_callable_that_wants_what_there_is_not_is_refused():
    with pytest.raises(ValueError, match="wants 'who', 'knows'"):
        Expression(lambda who, knows: (who, knows))


def test_what_a_callable_raises_is_a_failure_of_its_node():
    with pytest.raises(AgentError, match="<lambda> raised ZeroDivisionError"):
        Expression(lambda result: result / 0)({"result": 1})


def test_expressions_written_the_same_are_equal():
    assert Expression("result") == Expression("result")
    assert hash(Expression("result")) == hash(Expression("result"))
    assert Expression("result") != Expression("input")
    assert repr(Expression("result")) == "Expression('result')"


def test_pydantic_reads_and_writes_expressions():
    adapter = TypeAdapter(Expression)

    expression = adapter.validate_python("result.title")

    assert adapter.validate_python(expression) is expression
    assert adapter.dump_python(expression) == "result.title"
    assert adapter.dump_python(Expression(len)) == "len"
    assert adapter.json_schema()["type"] == "string"
    with pytest.raises(ValidationError, match="such as 'result.title'"):
        adapter.validate_python(5)
    with pytest.raises(ValidationError, match="goes wrong"):
        adapter.validate_python("a..b")


def test_what_a_callable_makes_is_plain_data():
    assert Expression(lambda result: (result, {1}))({"result": 1}) == [1, [1]]
    with pytest.raises(InvalidValueError, match="not plain data"):
        Expression(lambda result: object())({"result": 1})
