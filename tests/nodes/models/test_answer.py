"""Chunks gathered into a message."""

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk

from nodes.models.answer import Answer
from nodes.models.structured import answered


def test_text_before_and_after_other_content_keeps_its_place():
    answer = Answer()

    pieces = [
        answer.add(AIMessageChunk(content="a", id="lc_run--1")),
        answer.add(AIMessageChunk(content="b")),
        answer.add(
            AIMessageChunk(content=[{"type": "text", "text": "c", "extras": {"signature": "s"}}])
        ),
        answer.add(AIMessageChunk(content="d", response_metadata={"finish_reason": "STOP"})),
        answer.add(AIMessageChunk(content="", chunk_position="last")),
    ]

    message = answer.message()
    assert "".join(pieces) == message.text == "abcd"
    assert any(
        isinstance(block, dict) and block.get("extras") == {"signature": "s"}
        for block in message.content
    )
    assert message.response_metadata == {"finish_reason": "STOP"}


def test_metadata_given_twice_is_not_doubled():
    answer = Answer()
    for _ in range(2):
        answer.add(AIMessageChunk(content="a", response_metadata={"model_name": "gpt"}))

    assert answer.message().response_metadata == {"model_name": "gpt"}


def test_a_whole_message_of_a_model_that_cannot_stream_is_taken_as_it_is():
    answer = Answer()
    call = {"name": "search", "args": {"city": "Rome"}, "id": "1", "type": "tool_call"}

    text = answer.add(AIMessage("Wait.", tool_calls=[call]))

    assert text == "Wait."
    assert answer.texts == ["Wait."]
    assert answer.message().tool_calls == [call]
    assert answer.usage is None


def test_an_answer_of_nothing_is_an_empty_message():
    assert Answer().message().text == ""


def test_an_answer_given_beside_calls_of_tools_is_put_off():
    answer = Answer()
    for index, name in enumerate(["search", "give_answer"]):
        chunk = tool_call_chunk(name=name, args="{}", id=str(index), index=index)
        answer.add(AIMessageChunk(content="", tool_call_chunks=[chunk]))
    message = answer.message()
    blocks = [{"type": "tool_use", "id": "0"}, {"type": "tool_use", "id": "1"}, "text"]

    plain = answered(message, {"type": "object"})
    listed = answered(message.model_copy(update={"content": blocks}), {"type": "object"})

    assert [call["name"] for call in plain.tool_calls] == ["search"]
    assert listed.content == [blocks[0], "text"]


def test_text_given_in_place_of_a_structured_answer_is_left_as_it_is():
    message = AIMessage("Rome")

    assert answered(message, {"type": "object"}) is message
