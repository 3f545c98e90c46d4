# Postern on the official Node image; one process, data under /var/lib/postern.
FROM node:24-slim
WORKDIR /opt/postern
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund
COPY services services
COPY shared shared
RUN mkdir -p /var/lib/postern && chown node:node /var/lib/postern
USER node
# Compiled code outlives the container with the data: the packages are not this user's to write.
ENV NODE_COMPILE_CACHE=/var/lib/postern/compiled
EXPOSE 8443 8444
VOLUME /var/lib/postern
CMD ["node", "services/postern.mjs", "start", "--json"]
