"""A folder with a workflow file and its Python agents, and the real command started in it."""

import pytest

from tests.server.cli.command import Command

WORKFLOWS = """\
agents:
  team: {python: "team:Team"}
  writer: {methods: {run: {prompt: "Write about {{input}}"}}}
workflows:
  greet:
    input:
      type: object
      required: [city]
      properties: {city: {type: string}, days: {type: integer}}
    steps: [{name: "تحية 🧭", agent: team, method: greet}]
  by-example:
    input: {type: object, required: [city], examples: [{city: "القاهرة 🧭"}]}
    steps: [{agent: team, method: city}]
  by-default:
    input: {type: object, required: [city], default: {city: Cairo}}
    steps: [{agent: team, method: city}]
  echo: {steps: [{agent: team}]}
  both: {tasks: [{agent: team, name: good}, {agent: team, method: fail, name: bad}]}
  broken: {steps: [{agent: team, name: good}, {agent: team, method: fail}]}
  endless: {steps: [{agent: team, name: good}, {agent: team, method: think}]}
  talking: {steps: [{agent: team, method: talk}]}
  blocked: {steps: [{agent: team, method: block}]}
  many: {over: input, body: {steps: [{agent: team}, {agent: team, name: second}]}}
  again: {body: {agent: team, method: more}, until: "length(result) > `3`", maxIterations: 9}
  retried: {steps: [{agent: team, method: once_more, retry: {initialInterval: 0}}]}
  skipping: {steps: [{agent: team, when: "result == 'x'", name: left}, {agent: team}]}
  ask:
    steps:
      - agent: team
      - approval: Send it?
        form:
          type: object
          required: [n]
          properties:
            n: {type: integer}
            who: {enum: [me, you]}
            fast: {type: boolean, default: false}
  ask-plainly: {steps: [{approval: "Really?"}, {agent: team}]}
  write: {steps: [{agent: writer}]}
"""

TEAM = '''\
import asyncio
import time


class Team:
    """A few who do what tests need."""

    def __init__(self):
        self.tries = 0

    def run(self, value):
        return value

    def city(self, value):
        return value["city"]

    async def greet(self, value):
        for part in ("# مرحبا\\n\\n", "يا ", value["city"], " 👩‍👩‍👧"):
            yield part

    def fail(self, value):
        raise ValueError("no \\x1b[31mred")

    async def think(self, value):
        yield "I am thinking"
        await asyncio.Event().wait()

    def talk(self, value):
        print("I am talking")
        return value

    def block(self, value):
        time.sleep(600)

    def more(self, value):
        return value + "x"

    def once_more(self, value):
        self.tries += 1
        if self.tries == 1:
            raise ValueError("not yet")
        return value
'''


@pytest.fixture
def amrikyy(tmp_path):
    (tmp_path / "team.py").write_text(TEAM, encoding="utf-8")
    (tmp_path / "w.yaml").write_text(WORKFLOWS, encoding="utf-8")
    return Command(tmp_path)
