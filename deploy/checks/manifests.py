"""
Validates rendered Kubernetes manifests: `kubectl kustomize OVERLAY | python manifests.py`. Kubernetes's own kinds by the schemas of
this version, those of KEDA and the Prometheus Operator by schemas/, which make-schemas.py makes. Unknown properties are errors.
"""

import json
import sys
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

KUBERNETES_VERSION = "1.34"
SCHEMAS = Path(__file__).parent / "schemas"


def validate(manifest: dict) -> None:
    """Raises ValidationError, or SchemaNotFoundError for an unknown kind."""
    own = SCHEMAS / f"{manifest['kind']}.json"
    if own.exists():
        jsonschema.validate(manifest, json.loads(own.read_text()))
    else:
        kubernetes_validate.validate(manifest, KUBERNETES_VERSION, strict=True)


def main() -> int:
    errors = []
    for manifest in yaml.safe_load_all(sys.stdin):
        name = f"{manifest['kind']} {manifest['metadata']['name']}"
        try:
            validate(manifest)
        except kubernetes_validate.SchemaNotFoundError as error:
            errors.append(f"{name}: {error.message}")
        except jsonschema.ValidationError as error:
            errors.append(f"{name}: {error.json_path}: {error.message}")
    print("\n".join(errors), end="\n" if errors else "", file=sys.stderr)
    return 1 if errors else 0


sys.exit(main())
