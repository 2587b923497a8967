"""Submits a deployment with the generated client, waits for it, and prints what the typed job says."""

import json
import sys

from lizzy_api.api.deployments import submit_deployment
from lizzy_api.api.jobs import get_job, list_jobs
from lizzy_api.client import AuthenticatedClient
from lizzy_api.models.deploy_result import DeployResult
from lizzy_api.models.deployment import Deployment
from lizzy_api.models.job import Job
from lizzy_api.models.job_status import JobStatus

url, token, definition = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token)
job = submit_deployment.sync(client=client, body=Deployment(senza_yaml=definition, stack_version="py"))
assert isinstance(job, Job), job
while job.finished_at is None:
    job = get_job.sync(job.id, client=client, wait="20")
    assert isinstance(job, Job), job
page = list_jobs.sync(client=client, status=[JobStatus.SUCCEEDED])
assert isinstance(job.result, DeployResult), job.result
print(
    json.dumps(
        {
            "status": job.status,
            "stack": job.result.create.stack,
            "complete": job.result.wait.status,
            "version": job.request.additional_properties["stack_version"],
            "listed": any(item.id == job.id for item in page.items),
        }
    )
)
