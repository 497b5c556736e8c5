"""Definitions that nobody can run: each with the places of its faults, and words they use."""
# ruff: noqa: E501 - a table: a line a definition

from typing import Any

A = {"agent": "travel"}
DEEP_33: Any = A
for _ in range(32):
    DEEP_33 = {"steps": [DEEP_33]}

UNKNOWN_NAMES: dict[str, tuple[Any, dict[str, str]]] = {
    "an unknown agent": ({"steps": [{"agent": "travle"}]}, {"steps[0].agent": "'travel'"}),
    "an unknown agent deep inside": (
        {"steps": [A, {"tasks": [A, {"on": "input", "cases": {"x": {"agent": "prcing"}}, "default": A}]}]},
        {"steps[1].tasks[1].cases.x.agent": "Did you mean 'pricing'?"},
    ),
    "an agent like no other": ({"steps": [{"agent": "zzz"}]}, {"steps[0].agent": "There are: pricing, travel"}),
    "an unknown method": ({"steps": [{"agent": "travel", "method": "flihgts"}]}, {"steps[0].method": "Did you mean 'flights'?"}),
    "an unknown workflow": ({"steps": [{"workflow": "trpi"}]}, {"steps[0].workflow": "Did you mean 'trip'?"}),
    "an unknown agent in a fallback": ({"steps": [{**A, "fallback": {"agent": "travl"}}]}, {"steps[0].fallback.agent": "'travel'"}),
    "an unknown method in the fallback of a fallback": (
        {"steps": [{**A, "fallback": {**A, "fallback": {"agent": "travel", "method": "rum"}}}]},
        {"steps[0].fallback.fallback.method": "'run'"},
    ),
    "an unknown master": ({"master": {"name": "travl"}, "subAgents": [A]}, {"master.agent": "'travel'"}),
    "an unknown sub-agent": ({"master": A, "subAgents": [A, {"name": "travl"}]}, {"subAgents[1].agent": "'travel'"}),
    "an unknown aggregator": ({"master": A, "subAgents": [A], "aggregator": {"name": "travl"}}, {"aggregator.agent": "'travel'"}),
    "an unknown agent in a loop": ({"body": {"agent": "travl"}, "maxIterations": 2}, {"body.agent": "'travel'"}),
    "an unknown agent in a map": ({"body": {"agent": "travl"}, "over": "input"}, {"body.agent": "'travel'"}),
    "an unknown error code": ({"steps": [{**A, "retry": {"on": ["timeot"]}}]}, {"steps[0].retry.on[0]": "Did you mean 'timeout'"}),
    "a name in an expression that it cannot see": ({"steps": [{**A, "when": "resutl"}]}, {"steps[0].when": "input, result, results"}),
    "an aggregator's name where there is none": ({"steps": [{**A, "transform": "master.title"}]}, {"steps[0].transform": "'master'"}),
    "a node's name in an aggregator": ({"master": A, "subAgents": [A], "aggregator": "result"}, {"aggregator": "input, master, sub"}),
}  # fmt: skip

KEYS: dict[str, tuple[Any, dict[str, str]]] = {
    "an unknown key of a node": ({"steps": [{**A, "tranform": "result"}]}, {"steps[0].tranform": "'transform'"}),
    "an unknown key of a strategy": ({"tasks": [A], "maxConcurency": 2}, {"maxConcurency": "'maxConcurrency'"}),
    "an unknown key of a retry": ({"steps": [{**A, "retry": {"maxAttemps": 2}}]}, {"steps[0].retry.maxAttemps": "'maxAttempts'"}),
    "an unknown key of a fallback": ({"steps": [{**A, "fallback": {**A, "methd": "run"}}]}, {"steps[0].fallback.methd": "'method'"}),
    "an unknown key of a fallback's retry": (
        {"steps": [{**A, "fallback": {**A, "retry": {"jiter": True}}}]},
        {"steps[0].fallback.retry.jiter": "'jitter'"},
    ),
    "an unknown key of a master": ({"master": {"name": "travel", "inputTransfrom": "input"}, "subAgents": [A]}, {"master.inputTransfrom": "'inputTransform'"}),
    "an unknown key of a sub-agent": ({"master": A, "subAgents": [{"name": "travel", "metod": "run"}]}, {"subAgents[0].metod": "'method'"}),
    "an unknown key of an aggregator": ({"master": A, "subAgents": [A], "aggregator": {"name": "travel", "metod": "run"}}, {"aggregator.metod": "'method'"}),
    "an unknown key deep inside": (
        {"steps": [{"tasks": [{"body": {"master": A, "subAgents": [{**A, "whne": "input"}]}, "maxIterations": 2}]}]},
        {"steps[0].tasks[0].body.subAgents[0].whne": "'when'"},
    ),
    "an unknown key of an approval": ({"steps": [{"approval": "ok?", "expire": 3}]}, {"steps[0].expire": "'expires'"}),
    "an unknown key of a reference": ({"steps": [{"workflow": "trip", "inputs": 1}]}, {"steps[0].inputs": "'input'"}),
    "a node that is none": ({"steps": [{"agnet": "travel"}]}, {"steps[0]": "Did you mean 'agent'"}),
    "a strategy that is none": ({"step": [A]}, {"": "'steps'"}),
    "an unknown strategy": ({"strategy": "sequental", "steps": [A]}, {"strategy": "'sequential'"}),
    "an unknown strategy without keys": ({"strategy": "sequental"}, {"": "'sequential'"}),
    "a strategy that contradicts its keys": ({"strategy": "parallel", "steps": [A]}, {"steps": "Unknown key", "tasks": "required"}),
    "a nested strategy that contradicts its keys": (
        {"steps": [{"strategy": "loop", "tasks": [A]}]},
        {"steps[0].tasks": "Unknown key", "steps[0].body": "required", "steps[0].maxIterations": "required"},
    ),
    "a fallback that is a strategy": ({"steps": [{**A, "fallback": {"steps": [A]}}]}, {"steps[0].fallback.agent": "required", "steps[0].fallback.steps": "Unknown key"}),
    "a master that is a strategy": ({"master": {"steps": [A]}, "subAgents": [A]}, {"master.agent": "required", "master.steps": "Unknown key"}),
    "a master that is missing": ({"subAgents": [A]}, {"master": "required"}),
    "sub-agents that are missing": ({"master": A}, {"subAgents": "required"}),
    "a loop without end": ({"body": A, "until": "result"}, {"maxIterations": "required"}),
    "a route without default": ({"on": "input", "cases": {"x": A}}, {"default": "required"}),
    "a key that is no text": ({"steps": [{**A, 1: 2}]}, {"steps[0]": "A key must be text, and 1 is not"}),
    "keys without effect on the outermost strategy": (
        {"steps": [A], "when": "input", "transform": "result", "inputTransform": "input", "onError": "continue"},
        {"when": "no effect", "transform": "no effect", "inputTransform": "no effect", "onError": "no effect"},
    ),
    "keys without effect in a fallback": (
        {"steps": [{**A, "fallback": {**A, "when": "input", "input": 1, "onError": "continue", "name": "x", "transform": "result"}}]},
        {"steps[0].fallback.when": "no effect", "steps[0].fallback.input": "no effect", "steps[0].fallback.onError": "no effect", "steps[0].fallback.name": "no effect", "steps[0].fallback.transform": "no effect"},
    ),
}  # fmt: skip

VALUES: dict[str, tuple[Any, dict[str, str]]] = {
    "no steps": ({"steps": []}, {"steps": "empty"}),
    "no tasks": ({"steps": [{"tasks": []}]}, {"steps[0].tasks": "empty"}),
    "no sub-agents": ({"master": A, "subAgents": []}, {"subAgents": "empty"}),
    "no cases": ({"on": "input", "cases": {}, "default": A}, {"cases": "empty"}),
    "steps that are no list": ({"steps": A}, {"steps": "list"}),
    "a step that is text": ({"steps": ["travel"]}, {"steps[0]": "no node"}),
    "a step that is null": ({"steps": [None]}, {"steps[0]": "no node"}),
    "null for steps": ({"steps": None}, {"steps": "list"}),
    "null for an agent": ({"steps": [{"agent": None}]}, {"steps[0].agent": "string"}),
    "a number for an agent": ({"steps": [{"agent": 3}]}, {"steps[0].agent": "string"}),
    "an empty agent": ({"steps": [{"agent": ""}]}, {"steps[0].agent": "empty"}),
    "an empty question": ({"steps": [{"approval": ""}]}, {"steps[0].approval": "empty"}),
    "text for a retry": ({"steps": [{**A, "retry": "often"}]}, {"steps[0].retry": ""}),
    "no attempts": ({"steps": [{**A, "retry": {"maxAttempts": 0}}]}, {"steps[0].retry.maxAttempts": "greater than or equal to 1"}),
    "half an attempt": ({"steps": [{**A, "retry": {"maxAttempts": 1.5}}]}, {"steps[0].retry.maxAttempts": "integer"}),
    "a pause below zero": ({"steps": [{**A, "retry": {"initialInterval": -1}}]}, {"steps[0].retry.initialInterval": "greater than or equal to 0"}),
    "pauses that shrink": ({"steps": [{**A, "retry": {"backoffFactor": 0.5}}]}, {"steps[0].retry.backoffFactor": "greater than or equal to 1"}),
    "a longest pause shorter than the first": (
        {"steps": [{**A, "retry": {"initialInterval": 5, "maxInterval": 1}}]},
        {"steps[0].retry": "`maxInterval` must not be shorter"},
    ),
    "a timeout of zero": ({"steps": [{**A, "timeout": 0}]}, {"steps[0].timeout": "greater than 0"}),
    "a timeout below zero": ({"steps": [{**A, "timeout": -1}]}, {"steps[0].timeout": "greater than 0"}),
    "a timeout that is no number": ({"steps": [{**A, "timeout": float("nan")}]}, {"steps[0].timeout": "finite"}),
    "a timeout without end": ({"steps": [A], "timeout": float("inf")}, {"timeout": "finite"}),
    "a timeout in words": ({"steps": [{**A, "timeout": "long"}]}, {"steps[0].timeout": "number"}),
    "a deadline of zero": ({"tasks": [A], "deadline": 0}, {"deadline": "greater than 0"}),
    "no iterations": ({"body": A, "maxIterations": 0}, {"maxIterations": "greater than or equal to 1"}),
    "a success of none": ({"tasks": [A], "waitFor": 0}, {"waitFor": "1"}),
    "more successes than tasks": ({"tasks": [A, A], "waitFor": 3}, {"waitFor": "2 tasks"}),
    "successes in words": ({"tasks": [A], "waitFor": "most"}, {"waitFor": "'any'"}),
    "nobody at once": ({"tasks": [A], "maxConcurrency": 0}, {"maxConcurrency": "greater than or equal to 1"}),
    "no rounds": ({"master": A, "subAgents": [A], "delegation": "select", "maxRounds": 0}, {"maxRounds": "greater than or equal to 1"}),
    "an unknown delegation": ({"master": A, "subAgents": [A], "delegation": "some"}, {"delegation": "'select'"}),
    "an unknown policy": ({"steps": [{**A, "onError": "ignore"}]}, {"steps[0].onError": "'continue'"}),
    "a policy of parallel's elsewhere": ({"steps": [{**A, "onError": "collect"}]}, {"steps[0].onError": "'continue'"}),
    "a policy of other nodes in parallel": ({"steps": [{"tasks": [A], "onError": "continue"}]}, {"steps[0].onError": "'collect'"}),
    "an unknown way to expire": ({"steps": [{"approval": "ok?", "onExpire": "explode"}]}, {"steps[0].onExpire": "'reject'"}),
    "two nodes of one name": ({"steps": [{**A, "name": "x"}, {**A, "name": "x"}]}, {"steps[1].name": "steps[0]"}),
    "three nodes of one name": ({"tasks": [{**A, "name": "x"}] * 3}, {"tasks[1].name": "'x'", "tasks[2].name": "'x'"}),
    "sub-agents the master cannot tell apart": ({"master": A, "subAgents": [A, A], "delegation": "select"}, {"subAgents[1]": "name"}),
    "a selecting master with a transform": (
        {"master": {**A, "transform": "result"}, "subAgents": [A], "delegation": "select"},
        {"master.transform": "answer"},
    ),
    "a bad schema of the input": ({"steps": [A], "input": {"type": "objekt"}}, {"input": "objekt"}),
    "an input that is no schema": ({"steps": [A], "input": 3}, {"input": ""}),
    "a bad form": ({"steps": [{"approval": "ok?", "form": {"type": "objekt"}}]}, {"steps[0].form": "objekt"}),
    "a description that is no text": ({"steps": [A], "description": 3}, {"description": "string"}),
    "33 levels": (DEEP_33, {"": "32"}),
    "a workflow that is a list": ([A], {"": "mapping"}),
    "a workflow that is nothing": (None, {"": "mapping"}),
    "a workflow that is a single agent call": (A, {"": "strategy"}),
}  # fmt: skip

EXPRESSIONS: dict[str, tuple[Any, dict[str, str]]] = {
    "an expression with a fault": ({"steps": [{**A, "when": "result.."}]}, {"steps[0].when": "character 8"}),
    "an expression that ends too soon": ({"steps": [{**A, "transform": "[result"}]}, {"steps[0].transform": "character"}),
    "an expression with a letter it does not know": ({"steps": [{**A, "transform": "result ; x"}]}, {"steps[0].transform": "character 8"}),
    "a literal that is not closed": ({"steps": [{**A, "transform": "`{\"a\""}]}, {"steps[0].transform": "not JMESPath"}),
    "an empty expression": ({"steps": [{**A, "when": ""}]}, {"steps[0].when": "empty"}),
    "a function nobody has": ({"steps": [{**A, "transform": "lenght(result)"}]}, {"steps[0].transform": "'length'"}),
    "a function with too many arguments": ({"steps": [{**A, "transform": "length(result, input)"}]}, {"steps[0].transform": "takes 1 argument"}),
    "a function with too few arguments": ({"steps": [{**A, "transform": "join(',')"}]}, {"steps[0].transform": "takes 2 arguments"}),
    "a function with no arguments": ({"steps": [{**A, "transform": "merge()"}]}, {"steps[0].transform": "merge"}),
    "a number as an expression": ({"steps": [{**A, "when": 3}]}, {"steps[0].when": "JMESPath"}),
    "null as an expression": ({"over": None, "body": A}, {"over": "JMESPath"}),
    "a bad `until`": ({"body": A, "maxIterations": 2, "until": "result >"}, {"until": "character"}),
    "a bad `on`": ({"on": "a[", "cases": {"x": A}, "default": A}, {"on": "character"}),
    "a bad `over`": ({"over": "input[*", "body": A}, {"over": "character"}),
    "a bad aggregator": ({"master": A, "subAgents": [A], "aggregator": "{m: }"}, {"aggregator": "character"}),
    "a callable that wants too much": ({"steps": [{**A, "transform": lambda result, weather: result}]}, {"steps[0].transform": "'weather'"}),
}  # fmt: skip

MIXED: dict[str, tuple[Any, dict[str, str]]] = {
    "faults of form and of names": (
        {"steps": [{"agent": "travle", "tranform": "x"}, {"tasks": []}, {"workflow": "trpi"}]},
        {"steps[0].tranform": "'transform'", "steps[0].agent": "'travel'", "steps[1].tasks": "empty", "steps[2].workflow": "'trip'"},
    ),
    "faults of form and of names in every corner": (
        {
            "master": {"name": "travle", "methd": "x"},
            "subAgents": [{"name": "prcing"}, {"agnet": "travel"}],
            "aggregator": {"name": "travel", "method": "nme"},
            "maxRounds": 0,
        },
        {"master.agent": "'travel'", "master.methd": "'method'", "subAgents[0].agent": "'pricing'", "subAgents[1]": "'agent'", "aggregator.method": "no method", "maxRounds": "1"},
    ),
    "many faults of names": (
        {"steps": [{"agent": "x1"}, {"agent": "travel", "method": "x2"}, {"workflow": "x3"}, {**A, "when": "x4"}, {"tasks": [A], "waitFor": 2}]},
        {"steps[0].agent": "x1", "steps[1].method": "x2", "steps[2].workflow": "x3", "steps[3].when": "x4", "steps[4].waitFor": "2"},
    ),
    "many faults of form": (
        {"steps": [{**A, "timeout": 0, "retry": {"maxAttempts": 0, "on": 3}}, {"approval": ""}, 7], "description": 3, "input": {"type": "objekt"}},
        {"steps[0].timeout": "0", "steps[0].retry.maxAttempts": "1", "steps[0].retry.on": "list", "steps[1].approval": "empty", "steps[2]": "no node", "description": "string", "input": "objekt"},
    ),
}  # fmt: skip
