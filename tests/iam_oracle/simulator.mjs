// Asks @cloud-copilot/iam-simulate: one case a line in, one line of answers out.
// GRADUS_IAM_SIMULATE is the folder that has it in its node_modules.
//
// Its entry points drop session policies or check that actions exist, so the
// engine below them is called as they call it.
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const modules = join(process.env.GRADUS_IAM_SIMULATE, 'node_modules', '@cloud-copilot')
const load = (...path) => import(pathToFileURL(join(modules, ...path)))
const engine = (...path) => load('iam-simulate', 'dist', 'esm', ...path)
const { authorize } = await engine('core_engine', 'CoreSimulatorEngine.js')
const { AwsRequestImpl } = await engine('request', 'request.js')
const { RequestContextImpl } = await engine('requestContext.js')
const { DiscoveryContextKeyConstraints } = await engine('context_keys', 'discoveryContextKeyConstraints.js')
const { loadPolicy } = await load('iam-policy', 'dist', 'esm', 'index.js')

const account = '111122223333'
const everything = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }]
}
const { Principal: _, ...statement } = everything.Statement[0]
const fullAccess = { Version: '2012-10-17', Statement: [statement] }

const policies = (documents) =>
  documents.map((document, index) => loadPolicy(document, { name: `p${index}` }))
const levels = (of, full) =>
  (of ?? []).map((documents, index) => ({
    orgIdentifier: `level-${index}`,
    policies: policies(documents.map((document) => (document === 'FullAWSAccess' ? full : document)))
  }))

function answers(test) {
  const of = {
    sessionPolicy: test.session ? loadPolicy(test.session, { name: 'session' }) : undefined,
    identityPolicies: policies([...test.identity, ...(test.group ?? [])]),
    serviceControlPolicies: levels(test.levels, fullAccess),
    resourceControlPolicies: levels(test.guards, everything),
    resourcePolicy: undefined,
    permissionBoundaries: test.boundary ? policies([test.boundary]) : undefined,
    vpcEndpointPolicies: undefined,
    simulationParameters: {
      simulationMode: 'Strict',
      discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([])
    },
    serviceSettings: { s3: {} }
  }
  return test.requests.map(({ action, resource, context }) => {
    const target = { resource, accountId: account }
    const arn = `arn:aws:iam::${account}:${test.user ? 'user' : 'role'}/agent`
    const values = new RequestContextImpl(context)
    const request = new AwsRequestImpl(arn, target, action, values, resource === '*')
    return authorize({ ...of, request }).result === 'Allowed' ? 'allowed' : 'denied'
  })
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer
  try {
    answer = answers(JSON.parse(line))
  } catch (error) {
    answer = { error: `${error}` }
  }
  process.stdout.write(JSON.stringify(answer) + '\n')
}
