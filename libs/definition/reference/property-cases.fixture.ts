import { type DefinitionCase } from './definition-case.fixture.js';

const HEAD = 'SenzaInfo: {StackName: demo}\nSenzaComponents:\n- Config: {Type: Senza::StupsAutoConfiguration}\n';
const SERVER = 'Type: Senza::TaupageAutoScalingGroup, InstanceType: t2.micro';
const TAUPAGE = 'TaupageConfig: {runtime: Docker, source: "a/b:1"}';
const BALANCER = 'Type: Senza::ElasticLoadBalancerV2, HTTPPort: 80, SecurityGroups: [app-demo-lb]';
const WEIGHTED = BALANCER.replace('Senza::', 'Senza::WeightedDns');
const ROLE = 'Type: Senza::IamRole';
const CLASSIC = 'Type: Senza::WeightedDnsElasticLoadBalancer, SecurityGroups: [app-demo-lb]';
const REDIS = 'Type: Senza::RedisCluster, SecurityGroups: [app-redis]';

function definition(properties: string): string {
  return `${HEAD}- X: {${properties}}\nResources: {}\n`;
}
function accepted(title: string, properties: string): DefinitionCase {
  return { title, text: definition(properties), expected: 'accepted' };
}
function refused(title: string, properties: string, pointer: string): DefinitionCase {
  const place = `/SenzaComponents/1/X/${pointer}`.replace(/\/$/, '');
  return { title, text: definition(properties), expected: 'invalid_components', pointer: place };
}
const scaled = (rest: string): string => `${SERVER}, ${TAUPAGE}, AutoScaling: {Maximum: 2, ${rest}}`;
const configured = (rest: string): string => `${SERVER}, TaupageConfig: {runtime: Docker, ${rest}}`;

/** Properties of components with a type that Senza cannot use, and with one that only looks wrong. */
export const PROPERTY_CASES: readonly DefinitionCase[] = [
  refused(
    'a version that is a number',
    configured('source: "a/b:1", application_version: 1.0'),
    'TaupageConfig/application_version',
  ),
  refused(
    'an application that is a list',
    configured('source: "a/b:1", application_id: [a]'),
    'TaupageConfig/application_id',
  ),
  refused('a source that is a mapping', configured('source: {a: b}'), 'TaupageConfig/source'),
  refused('no source', configured('ports: {80: 80}'), 'TaupageConfig'),
  refused('a minimum that is a word', scaled('Minimum: one'), 'AutoScaling/Minimum'),
  refused('a minimum that is empty', scaled('Minimum: '), 'AutoScaling/Minimum'),
  refused(
    'an adjustment that is a list',
    scaled('Minimum: 1, ScaleUpAdjustment: [1]'),
    'AutoScaling/ScaleUpAdjustment',
  ),
  refused('a metric that is a number', scaled('Minimum: 1, MetricType: 5'), 'AutoScaling/MetricType'),
  refused('a group that is a number', `${SERVER}, ${TAUPAGE}, SecurityGroups: [5]`, 'SecurityGroups/0'),
  refused('a domain that is a text', `${BALANCER}, Domains: {MainDomain: demo.example.org}`, 'Domains/MainDomain'),
  refused('a domain without a zone', `${BALANCER}, Domains: {Main: {Type: weighted, Subdomain: a}}`, 'Domains/Main'),
  refused('a certificate that is a number', `${BALANCER}, SSLCertificateId: 5`, 'SSLCertificateId'),
  refused('an image that is a text', 'Type: Senza::Configuration, Images: {Mine: ami-1}', 'Images/Mine'),
  refused('a number of nodes that is a word', `${REDIS}, NumberOfNodes: two`, 'NumberOfNodes'),
  refused('merged policies that are a number', `${ROLE}, MergePoliciesFromIamRoles: 5`, 'MergePoliciesFromIamRoles'),
  refused(
    'an adjustment that is used for one direction',
    scaled('Minimum: 1, ScalingAdjustment: [1], ScaleUpAdjustment: 1'),
    'AutoScaling/ScalingAdjustment',
  ),
  accepted(
    'an adjustment that Senza does not use',
    scaled('Minimum: 1, ScalingAdjustment: [1], ScaleUpAdjustment: 2, ScaleDownAdjustment: 1'),
  ),
  refused('listeners that are texts', `${BALANCER}, Listeners: [x]`, 'Listeners/0'),
  refused('a listener without properties', `${BALANCER}, Listeners: [{Type: a}]`, 'Listeners/0'),
  refused('no instance type', `Type: Senza::TaupageAutoScalingGroup, InstanceType: , ${TAUPAGE}`, 'InstanceType'),
  refused('no maximum', `${SERVER}, ${TAUPAGE}, AutoScaling: {Minimum: 1, Maximum: }`, 'AutoScaling/Maximum'),
  refused('a tag without a value', `${SERVER}, ${TAUPAGE}, Tags: [{Key: a, Value: }]`, 'Tags/0/Value'),
  refused('a health check without a port for traffic', `${CLASSIC}, HealthCheckPort: 80`, ''),
  accepted('the default certificate in a list', `${WEIGHTED}, SSLCertificateId: [~]`),
  accepted('numbers in quotes and as floats', scaled('Minimum: "1", DesiredCapacity: 2.0')),
  accepted('a version in quotes', configured('source: "a/b:1", application_version: "1.0"')),
  accepted('properties without a value', `${WEIGHTED}, LoadBalancerName: , Listeners: , SSLCertificateId: `),
];
