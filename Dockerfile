# Small and without root. Not run where it was written: no container engine was to be had there.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /venv
COPY requirements.txt ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY adapters adapters
COPY agent agent
COPY bot bot
COPY storage storage
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 talkpro && install --directory --owner talkpro /data
COPY --from=build /venv /venv
USER talkpro
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 TALKPRO_DATA=/data TALKPRO_HTTP_HOST=0.0.0.0
VOLUME /data
EXPOSE 8080
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health/ready', timeout=5)"]
CMD ["talkpro", "run"]
