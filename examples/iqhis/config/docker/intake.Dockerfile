FROM python:3.12-slim AS base
WORKDIR /srv/iqhis
COPY dependencies/requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY src/services services
USER 10001
EXPOSE 8443
CMD ["python", "-m", "services.intake.server"]
