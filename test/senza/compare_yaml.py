"""
Prints the texts that the runtime and PyYAML read differently, and the definitions that they write differently:
compare_yaml.py RUNTIME DEFINITION...
"""

import json
import random
import re
import sys
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, sys.argv[1])
from lizzy_runtime import rendered_yaml  # noqa: E402

TEXTS = 150
SNIPPETS = [
    *"{}[]:'\"\n -#&*!|>%@`\\\t0é?,~=<.\x85\u2028\ufeff\x00\x07\u00a0\U0001f600\ud800",
    "\n  ", "\n---\n", "...\n", ": ", " #", "- ", "!!str ", "&a ", "*a", "<<: ", "0x1F", "1_000", ".nan", "2020-01-01",
    "yes", "|\n  x", ">-\n  x\n", "\r\n", "%YAML 1.1\n", "? ", '"\\x41"', '"\\\n  x"', "!!python/object:os.system ", "[" * 300,
]  # fmt: skip


def outcome(load, text: str) -> str:
    try:
        return repr(load(text))
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"


def changed(text: str, rng: random.Random) -> str:
    """As a rendered text can be: something instead of a tag, or anywhere."""
    tags = list(re.finditer(r"\{\{[^}]*\}\}", text))
    place = rng.choice(tags).span() if tags and rng.random() < 0.5 else [rng.randrange(len(text))] * 2
    return text[: place[0]] + "".join(rng.choices(SNIPPETS, k=rng.randint(0, 3))) + text[place[1] :]


def mutated(value: Any, rng: random.Random) -> Any:
    """Some of its texts and keys changed."""
    if isinstance(value, dict):
        return {mutated(key, rng) if rng.random() < 0.1 else key: mutated(item, rng) for key, item in value.items()}
    if isinstance(value, list):
        return [mutated(item, rng) for item in value]
    if isinstance(value, str) and value and rng.random() < 0.3:
        return changed(value * rng.choice([1, 1, 1, 9]), rng)
    return value


def is_written_otherwise(definition: Any) -> bool:
    """A text in which something is rendered must be the same; another one must be read as the same."""
    expected = yaml.dump(definition, default_flow_style=False)
    written = rendered_yaml.dump(definition, default_flow_style=False)
    if "{{" in expected:
        return written != expected
    return outcome(yaml.safe_load, expected) != outcome(rendered_yaml.safe_load, written)


def main() -> None:
    rng = random.Random(1)
    definitions = [yaml.safe_load(Path(path).read_text()) for path in sys.argv[2:]]
    texts = [yaml.dump(definition, default_flow_style=False) for definition in definitions]
    texts += [changed(rng.choice(texts), rng) for _ in range(TEXTS)]
    differences = [text for text in texts if outcome(yaml.safe_load, text) != outcome(rendered_yaml.safe_load, text)]
    by_libyaml = [text for text in texts if rendered_yaml._is_same_in_both(text)]
    written = [*definitions, *(mutated(rng.choice(definitions), rng) for _ in range(TEXTS))]
    written += [json.loads(json.dumps(each).replace("{{", "((")) for each in written]
    differences += [yaml.dump(each) for each in written if is_written_otherwise(each)]
    print(json.dumps({"differences": differences, "share_by_libyaml": len(by_libyaml) / len(texts)}))


main()
