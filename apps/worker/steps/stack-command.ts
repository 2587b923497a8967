/** A call of AWS's command line client for a stack, for the sentences of errors: with the region, so that it can be run as it is. */
export function stackCommand(command: string, name: string, region: string): string {
  return `aws cloudformation ${command} --stack-name ${name} --region ${region}`;
}
