// The soak's function: lets everybody in, says who has come and who has gone and how, answers messages with themselves.
export const handler = async (event) => {
  const { routeKey, connectionId, disconnectStatusCode } = event.requestContext;
  if (routeKey === '$connect') console.log(`came ${connectionId} -`);
  if (routeKey === '$disconnect') console.log(`gone ${connectionId} ${disconnectStatusCode}`);
  return { statusCode: 200, body: event.body };
};
