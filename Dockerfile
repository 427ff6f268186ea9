# oneoff, for either form: what it is told by its environment, a data folder, and the Docker engine whose socket it is given.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install script is needed here: the runtime that one of them would fetch is the image's own.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node node_modules/vite/bin/vite.js build web --logLevel error && npm prune --omit=dev --ignore-scripts

FROM node:24-slim
# The first two, and the flag below, as `npm start` has them.
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/app/node_modules/.cache/node \
    ONEOFF_HOST=0.0.0.0 \
    ONEOFF_DATA_FOLDER=/data \
    ONEOFF_ENGINE=docker
WORKDIR /app
COPY --from=build /app/package.json /app/plans.json /app/LICENSE /app/THIRD-PARTY-NOTICES.md ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/schema schema
COPY --from=build /app/scripts/compile.mjs scripts/
COPY --from=build /app/deploy/entrypoint.sh deploy/
COPY --from=build /app/src src
COPY --from=build /app/web/dist web/dist
# /key is for a volume with the key that nodes share: a new volume takes its owner from here.
RUN mkdir -p /data /key node_modules/.cache && chown node:node /data /key node_modules/.cache
USER node
RUN node scripts/compile.mjs
# The entry point becomes `node` again, in the group of the engine's socket.
USER root
VOLUME /data
EXPOSE 4000
ENTRYPOINT ["/app/deploy/entrypoint.sh"]
CMD ["node", "--max-semi-space-size=16", "src/main.ts"]
