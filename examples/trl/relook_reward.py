"""A reward function for TRL's GRPOTrainer that asks `relook reward`.

    relook reward &
    trainer = GRPOTrainer(..., reward_funcs=relook_reward)

It uses nothing but the standard library. A page that relook could not score,
because a machine failed, gets None: TRL leaves it out, and nothing is learnt
from a failure.
"""
import json
import os
import re
import urllib.request

URL = os.environ.get("RELOOK_REWARD_URL", "http://127.0.0.1:8377")
FENCE = re.compile(r"```(?:html)?\s*\n(.*?)```", re.DOTALL)


def words(message):
    """The text of a completion, which TRL gives as a string or as messages."""
    return message if isinstance(message, str) else message[-1]["content"]


def page(text):
    """The page in an answer: what stands in the first fence, else all of it."""
    fenced = FENCE.search(text)
    return fenced.group(1) if fenced else text


def relook_reward(prompts, completions, completion_ids=None, **kwargs):
    items = []
    for i, (prompt, completion) in enumerate(zip(prompts, completions)):
        item = {"request": words(prompt)[:8192], "html": page(words(completion))}
        if completion_ids:
            item["tokens"] = len(completion_ids[i])
        items.append(item)
    body = json.dumps({"items": items}).encode()
    request = urllib.request.Request(
        URL + "/v1/score/batch", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=600) as answer:
        results = json.load(answer)["results"]
    return [r["score"]["reward"] if "score" in r else None for r in results]
