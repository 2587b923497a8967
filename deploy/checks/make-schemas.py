"""
Makes schemas/ from the models of KEDA's and the Prometheus Operator's custom resources (PyPI, Apache License 2.0), which are
generated from the definitions of these resources. Loading the models takes half a minute, so the schemas are kept.

  pip install cloudcoil-models-keda==2.16.1.0 cloudcoil-models-prometheus-operator==0.80.1.0
  python deploy/checks/make-schemas.py
"""

import json
from pathlib import Path

from cloudcoil.models.keda.v1alpha1 import ScaledObject, TriggerAuthentication
from cloudcoil.models.prometheus_operator.v1 import PodMonitor

NOT_VALIDATED = ("title", "description", "default")


def strict(schema: object) -> object:
    """The schema without texts, and without properties that it does not name: a misspelled one is an error."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: strict(value) for key, value in schema.items() if key not in NOT_VALIDATED or isinstance(value, dict)}
    return {**kept, "additionalProperties": False} if isinstance(kept.get("properties"), dict) else kept


for model in (PodMonitor, ScaledObject, TriggerAuthentication):
    path = Path(__file__).parent / "schemas" / f"{model.__name__}.json"
    path.write_text(json.dumps(strict(model.model_json_schema(by_alias=True)), indent=2, sort_keys=True) + "\n")
