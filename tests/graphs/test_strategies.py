"""What each strategy does, one behaviour a test."""

from typing import Any

import pytest

from graphs.coordinator import Coordinator
from graphs.result import RunResult
from tests.graphs.crew import Crew

ECHO, ADD, BOOM = {"agent": "echo"}, {"agent": "add"}, {"agent": "boom"}


def outputs(result: RunResult) -> list[Any]:
    return [entry.output for entry in result.results]


async def test_sequential_gives_each_step_what_the_one_before_it_gave(coordinator: Coordinator):
    result = await coordinator.execute_sequential([ADD, ADD, ADD], "a")

    assert outputs(result) == ["a!", "a!!", "a!!!"]
    assert [entry.step for entry in result.results] == [1, 2, 3]
    assert result.final_result == "a!!!"
    assert result.success


async def test_a_transform_makes_the_output_that_goes_on(coordinator: Coordinator):
    steps = [{**ADD, "transform": "{text: result, was: input}"}, ECHO]

    result = await coordinator.execute_sequential(steps, "a")

    assert outputs(result) == [{"text": "a!", "was": "a"}] * 2


async def test_an_input_of_its_own_stands_before_what_a_node_would_get(coordinator: Coordinator):
    result = await coordinator.execute_sequential([ADD, {**ADD, "input": None}], "a")

    assert outputs(result) == ["a!", "None!"]


async def test_results_of_earlier_steps_can_be_asked_for(coordinator: Coordinator):
    last = {**ECHO, "inputTransform": "results[].output"}

    result = await coordinator.execute_sequential([ADD, ADD, last], "a")

    assert result.final_result == ["a!", "a!!"]


async def test_a_failing_step_ends_the_run_with_the_results_so_far(coordinator: Coordinator):
    result = await coordinator.execute_sequential([ADD, BOOM, ADD], "a")

    assert not result.success
    assert result.final_result is None
    assert [entry.success for entry in result.results] == [True, False]
    assert result.error == result.results[-1].error == "boom.run raised ValueError: boom"
    assert result.code == "agent_failed"


async def test_a_tolerated_failure_hands_on_what_the_node_was_given(coordinator: Coordinator):
    steps = [ADD, {**BOOM, "onError": "continue"}, ADD]

    result = await coordinator.execute_sequential(steps, "a")

    assert result.success
    assert result.final_result == "a!!"
    assert not result.results[1].success


async def test_a_node_that_is_left_out_hands_on_its_input_and_says_who_it_is(
    coordinator: Coordinator, crew: Crew
):
    result = await coordinator.execute_sequential([ADD, {**ECHO, "when": "`false`"}, ADD], "a")

    assert result.final_result == "a!!"
    assert (result.results[1].skipped, result.results[1].agent) == (True, "echo")
    assert crew.calls == []


async def test_parallel_gives_results_in_task_order_whoever_ends_first(coordinator: Coordinator):
    result = await coordinator.execute_parallel([{"steps": [ADD, ADD]}, ADD], "a")

    assert outputs(result) == ["a!!", "a!"]
    assert [entry.task for entry in result.results] == [1, 2]
    assert result.final_result == ["a!!", "a!"]


async def test_parallel_of_named_tasks_gives_an_object(coordinator: Coordinator):
    tasks = [{**ADD, "name": "one"}, {**BOOM, "name": "two"}]

    result = await coordinator.execute_parallel(tasks, "a")

    assert result.final_result == {"one": "a!", "two": None}


async def test_a_failed_task_disturbs_no_other(coordinator: Coordinator):
    result = await coordinator.execute_parallel([BOOM, ADD], "a")

    assert not result.success
    assert result.error is None
    assert outputs(result) == [None, "a!"]


async def test_a_chain_goes_on_after_a_fan_out_that_failed_in_part(coordinator: Coordinator):
    result = await coordinator.execute_sequential([{"tasks": [BOOM, ADD]}, ECHO], "a")

    assert result.success
    assert result.final_result == [None, "a!"]
    assert not result.results[0].success


async def test_a_chain_ends_with_a_fan_out_in_which_all_failed(coordinator: Coordinator):
    result = await coordinator.execute_sequential([{"tasks": [BOOM, BOOM]}, ECHO], "a")

    assert result.code == "agent_failed"
    assert result.error is not None
    assert "All 2 failed. The first failure: boom.run raised" in result.error


async def test_hierarchical_hands_the_master_s_result_to_all_sub_agents(coordinator: Coordinator):
    subs = [{"name": "add"}, {"name": "echo", "inputTransform": "[result, input]"}]

    result = await coordinator.execute_hierarchical({"name": "add"}, subs, "a")

    assert result.master_result is not None
    assert result.master_result.output == "a!"
    assert [entry.output for entry in result.sub_results] == ["a!!", ["a!", "a"]]
    assert result.final_result == {"master": "a!", "sub": ["a!!", ["a!", "a"]]}


async def test_an_aggregator_makes_the_final_result_by_an_expression(coordinator: Coordinator):
    result = await coordinator.execute_hierarchical(
        ADD, [ADD], "a", aggregator="join(' ', [input, master, sub[0]])"
    )

    assert result.final_result == "a a! a!!"


async def test_an_aggregator_makes_the_final_result_by_an_agent(coordinator: Coordinator):
    subs = [{**ADD, "name": "one"}]

    result = await coordinator.execute_hierarchical(ADD, subs, "a", aggregator={"name": "echo"})

    assert result.final_result == {"master": "a!", "sub": {"one": "a!!"}, "input": "a"}


async def test_a_failed_sub_agent_leaves_the_aggregator_its_work(coordinator: Coordinator):
    result = await coordinator.execute_hierarchical(ADD, [ADD, BOOM], "a", aggregator="sub")

    assert result.final_result == ["a!!", None]
    assert not result.success
    assert result.error is None


async def test_a_failed_master_ends_the_run(coordinator: Coordinator, crew: Crew):
    result = await coordinator.execute_hierarchical(BOOM, [ECHO], "a")

    assert result.code == "agent_failed"
    assert result.sub_results == []
    assert [path for path, _ in crew.calls] == ["master"]


async def test_a_tolerated_failure_of_the_aggregator_gives_what_it_was_given(
    coordinator: Coordinator,
):
    result = await coordinator.execute_hierarchical(
        ADD, [ADD], "a", aggregator={**BOOM, "onError": "continue"}
    )

    assert not result.success
    assert result.error is None
    assert result.final_result == {"master": "a!", "sub": ["a!!"], "input": "a"}


@pytest.fixture
def choosing(coordinator: Coordinator) -> Coordinator:
    async def choose(asked: Any) -> Any:
        rounds = asked["input"]["rounds"]
        return rounds[len(asked["results"])] if len(asked["results"]) < len(rounds) else []

    coordinator.register_agent("choose", choose)
    return coordinator


def chosen(rounds: list[Any], **keys: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    subs = [{"agent": "add"}, {"agent": "echo"}, {"agent": "boom"}]
    master = {"master": {"agent": "choose"}, "subAgents": subs, "delegation": "select"}
    return {**master, **keys}, {"rounds": rounds}


async def test_a_selecting_master_names_who_runs_with_which_input(choosing: Coordinator):
    spec, given = chosen([[{"name": "echo", "input": "x"}], ["add"]])

    result = await choosing.execute(spec, given)

    assert [(entry.agent, entry.round) for entry in result.sub_results] == [("echo", 1), ("add", 2)]
    assert result.sub_results[0].output == "x"
    assert result.sub_results[1].input == given
    assert result.success


async def test_one_sub_agent_chosen_twice_has_a_place_for_each(choosing: Coordinator, crew: Crew):
    spec, given = chosen([[{"name": "echo", "input": n} for n in range(3)]])

    result = await choosing.execute(spec, given)

    assert [entry.output for entry in result.sub_results] == [0, 1, 2]
    assert len({context.idempotency_key for context in crew.contexts}) == 3


async def test_the_rounds_of_a_selecting_master_are_limited(choosing: Coordinator):
    spec, given = chosen([["add"]] * 9, maxRounds=2)

    result = await choosing.execute(spec, given)

    assert [entry.round for entry in result.sub_results] == [1, 2]


@pytest.mark.parametrize("answer", ["nonsense", ["nobody"], [["add"]], {"subAgents": "add"}])
async def test_a_master_that_chooses_nobody_there_is_fails(choosing: Coordinator, answer: Any):
    spec, given = chosen([answer])

    result = await choosing.execute(spec, given)

    assert result.code == "invalid_output"
    assert result.master_result is not None
    assert result.master_result.error == result.error


async def test_a_fallback_of_a_master_has_to_choose_as_well(choosing: Coordinator):
    master = {"agent": "boom", "fallback": {"agent": "add"}}
    spec, given = chosen([], master=master)

    result = await choosing.execute({"steps": [spec]}, given)

    assert result.code == "invalid_output"
    assert result.results[0].result is not None
    assert result.results[0].result["masterResult"]["code"] == "invalid_output"


async def test_a_master_that_is_left_out_chooses_nobody(choosing: Coordinator):
    spec, given = chosen([["add"]], master={"agent": "choose", "when": "`false`"})

    result = await choosing.execute(spec, given)

    assert result.success
    assert result.sub_results == []


async def test_loop_repeats_until_the_condition_holds(coordinator: Coordinator):
    spec = {"body": ADD, "until": "length(result) >= `3`", "maxIterations": 9}

    result = await coordinator.execute(spec, "a")

    assert outputs(result) == ["a!", "a!!"]
    assert result.strategy == "loop"


async def test_loop_ends_at_its_most_iterations_with_what_it_has(coordinator: Coordinator):
    result = await coordinator.execute({"body": ADD, "maxIterations": 3}, "a")

    assert result.success
    assert result.final_result == "a!!!"


async def test_a_loop_fails_where_its_condition_cannot_be_asked(coordinator: Coordinator):
    spec = {"body": ADD, "until": "abs(result)", "maxIterations": 3}

    result = await coordinator.execute(spec, "a")

    assert (result.code, len(result.results)) == ("invalid_expression", 1)


@pytest.mark.parametrize(
    ("value", "case"),
    [("x", "x"), ("zzz", "default"), (3, "3"), (3.0, "3"), (2.5, "2.5"), (True, "true"),
     (False, "false"), (None, "null"), ("a:b|c", "a:b|c"), ("سلام", "سلام"), ("", "")],
)  # fmt: skip
async def test_route_picks_the_case_that_its_value_names(
    coordinator: Coordinator, value: Any, case: str
):
    names = ["x", "3", "2.5", "true", "false", "null", "a:b|c", "سلام", ""]
    spec = {"on": "input", "cases": dict.fromkeys(names, ECHO), "default": ECHO}

    result = await coordinator.execute(spec, value)

    assert [entry.case for entry in result.results] == [case]
    assert result.final_result == value


async def test_a_route_fails_where_its_question_cannot_be_asked(
    coordinator: Coordinator, crew: Crew
):
    result = await coordinator.execute(
        {"on": "abs(input)", "cases": {"x": ECHO}, "default": ECHO}, "a"
    )

    assert result.code == "invalid_expression"
    assert crew.calls == []


async def test_a_route_whose_branch_may_fail_hands_on_what_it_was_given(coordinator: Coordinator):
    spec = {"on": "input", "cases": {"x": ECHO}, "default": {**BOOM, "onError": "continue"}}

    result = await coordinator.execute_sequential([spec, ADD], "a")

    assert result.success
    assert result.final_result == "a!"


async def test_map_runs_its_body_for_each_item_in_order(coordinator: Coordinator):
    result = await coordinator.execute(
        {"over": "input.cities", "body": ADD}, {"cities": ["a", "b"]}
    )

    assert result.final_result == ["a!", "b!"]
    assert [entry.input for entry in result.results] == ["a", "b"]


async def test_map_of_nothing_gives_nothing(coordinator: Coordinator):
    result = await coordinator.execute({"over": "input", "body": BOOM}, [])

    assert result.success
    assert result.final_result == []


async def test_map_over_what_is_no_list_fails_and_says_so(coordinator: Coordinator):
    result = await coordinator.execute({"over": "input", "body": ADD}, "abc")

    assert result.code == "invalid_input"
    assert result.error is not None
    assert "gave str where a list is needed" in result.error


async def test_a_reference_runs_a_workflow_as_if_it_stood_there(
    coordinator: Coordinator, crew: Crew
):
    coordinator.define_workflow("twice", {"steps": [ADD, ECHO]})

    result = await coordinator.execute_sequential([ADD, {"workflow": "twice"}], "a")

    assert result.final_result == "a!!"
    assert result.results[1].workflow == "twice"
    assert crew.calls == [("steps[1].steps[1]", "a!!")]


async def test_input_that_does_not_fit_a_workflow_is_a_failure_of_the_node_that_calls_it(
    coordinator: Coordinator,
):
    coordinator.define_workflow("strict", {"steps": [ADD], "input": {"type": "integer"}})

    result = await coordinator.execute_parallel([{"workflow": "strict"}, ADD], "a")

    assert [entry.code for entry in result.results] == ["invalid_input", None]
    assert result.final_result == [None, "a!"]


async def test_a_nested_strategy_stands_in_its_parent_s_results_with_its_own(
    coordinator: Coordinator,
):
    result = await coordinator.execute_sequential([{"tasks": [ADD, ADD], "name": "both"}], "a")

    entry = result.results[0]
    assert (entry.name, entry.strategy, entry.output) == ("both", "parallel", ["a!", "a!"])
    assert entry.result is not None
    assert [task["output"] for task in entry.result["results"]] == ["a!", "a!"]


async def test_what_an_agent_does_to_its_input_disturbs_no_other(coordinator: Coordinator):
    given: dict[str, Any] = {"list": []}
    spec = {"steps": [{"tasks": [{"agent": "spoil"}, ECHO, {"agent": "spoil"}]}]}

    result = await coordinator.execute(spec, given)

    spoiled = {"list": ["spoiled"], "new": True}
    assert result.final_result == [spoiled, {"list": []}, spoiled]
    assert given == {"list": []}


@pytest.mark.parametrize(
    "text",
    [
        "مرحبا بالعالم",
        "\u200fשלום rtl\u200e",
        "👩🏽‍🚀🇪🇬",
        "e\u0301\u200d\ufeff",
        "\u202eabc\u202c",
        "a\x00b",
    ],
)
async def test_text_in_any_script_passes_unharmed(coordinator: Coordinator, text: str):
    spec = {
        "steps": [
            ECHO,
            {"tasks": [{**ECHO, "name": text}]},
            {"over": "values(result)", "body": ECHO},
        ]
    }

    result = await coordinator.execute(spec, text)

    assert result.final_result == [text]


async def test_a_chain_of_1_000_steps_runs(coordinator: Coordinator):
    result = await coordinator.execute_sequential([ECHO] * 1000, "a")

    assert len(result.results) == 1000
    assert result.final_result == "a"


async def test_1_000_tasks_run_side_by_side(coordinator: Coordinator):
    result = await coordinator.execute_parallel([ADD] * 1000, "a")

    assert result.final_result == ["a!"] * 1000


async def test_32_levels_run(coordinator: Coordinator):
    spec: Any = ADD
    for level in range(31):
        spec = {"steps": [spec]} if level % 2 else {"tasks": [spec]}

    result = await coordinator.execute(spec, "a")

    assert result.success
