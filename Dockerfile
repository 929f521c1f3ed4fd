# syntax=docker/dockerfile:1
# The bot alone: what it needs is installed in one stage, by hash and without a compiler, and copied into a bare one.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS packages
COPY requirements.txt .
RUN pip install --no-cache-dir --no-compile --no-deps --require-hashes --only-binary :all: --prefix /packages -r requirements.txt

FROM python:${PYTHON}-slim
LABEL org.opencontainers.image.title="Nudge" \
      org.opencontainers.image.description="What GitLab wants of you, as a direct message in Mattermost" \
      org.opencontainers.image.licenses="MIT"
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /app --shell /usr/sbin/nologin nudge \
    && install --directory --owner nudge --group nudge /app/var
WORKDIR /app
COPY --from=packages /packages /usr/local
COPY bot.toml ./
COPY bot bot
COPY gitlab_hooks gitlab_hooks
COPY playground playground
# Compiled here once, since the user who runs it may not write: the bot is ready the sooner.
RUN python -m compileall -q -j 0 . /usr/local/lib/python3*/site-packages
USER 10001:10001
VOLUME /app/var
EXPOSE 8080
# Alive, not more: a Mattermost that is down must not make anybody restart what still accepts webhooks.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", "from http.client import HTTPConnection; \
bot = HTTPConnection('127.0.0.1', 8080, timeout=3); bot.request('GET', '/healthz'); \
raise SystemExit(bot.getresponse().status != 200)"]
# Last, so that a new version changes no layer above.
ARG VERSION="" SOURCE=""
LABEL org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${VERSION}" \
      org.opencontainers.image.source="${SOURCE}"
ENTRYPOINT ["python", "-m", "bot"]
CMD ["serve"]
