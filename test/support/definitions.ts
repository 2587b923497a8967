/** The smallest definition: one queue, nothing that has to be there before. */
export function bare(name: string): string {
  return `SenzaInfo:\n  StackName: ${name}\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n`;
}

/** A definition whose creation fails in CloudFormation, because of the queue's name. */
export function failing(name: string): string {
  return `${bare(name)}    Properties: {QueueName: "not valid!"}\n`;
}

/** The smallest definition with a weighted domain. Versions have to be numbers from 1 to 254: they make the address. */
export function weighted(name: string, parameters = ''): string {
  return `SenzaInfo:
  StackName: ${name}
${parameters}SenzaComponents:
  - Configuration:
      Type: Senza::Configuration
Resources:
  AppMainDomain:
    Type: AWS::Route53::RecordSet
    Properties:
      Type: A
      Name: "${name}.example.org."
      HostedZoneName: "example.org."
      TTL: "20"
      ResourceRecords: ["192.0.2.{{SenzaInfo.StackVersion}}"]
      SetIdentifier: "{{SenzaInfo.StackName}}-{{SenzaInfo.StackVersion}}"
      Weight: 0
  AppVersionDomain:
    Type: AWS::Route53::RecordSet
    Properties:
      Type: A
      Name: "${name}-{{SenzaInfo.StackVersion}}.example.org."
      HostedZoneName: "example.org."
      TTL: "20"
      ResourceRecords: ["192.0.2.{{SenzaInfo.StackVersion}}"]
`;
}

/** A definition with an auto scaling group of one to three instances. */
export function scalable(name: string): string {
  return `SenzaInfo:
  StackName: ${name}
  Parameters:
    - ImageVersion:
        Description: Docker image version
SenzaComponents:
  - Configuration:
      Type: Senza::StupsAutoConfiguration
  - AppServer:
      Type: Senza::TaupageAutoScalingGroup
      InstanceType: t2.micro
      SecurityGroups: [app-demo]
      TaupageConfig:
        application_version: "{{Arguments.ImageVersion}}"
        runtime: Docker
        source: "stups/hello-world:{{Arguments.ImageVersion}}"
        ports: {8080: 8080}
      AutoScaling: {Minimum: 1, Maximum: 3, MetricType: CPU, ScaleUpThreshold: 70, ScaleDownThreshold: 40}
`;
}
