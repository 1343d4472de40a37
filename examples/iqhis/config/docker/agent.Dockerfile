FROM python:3.12-slim
ARG AGENT
ENV AGENT=${AGENT}
WORKDIR /srv/iqhis
COPY dependencies/requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY src .
USER 10001
CMD ["sh", "-c", "exec python -m agents.$AGENT"]
