"""The one settings module. What an installation may change comes from the environment (README)."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

from corsheaders.defaults import default_headers
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from laseros import __version__, back_office, environment, logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environment.load(BASE_DIR)

# What the back office speaks: texts in laseros/locale, formats in laseros/formats.
LANGUAGES = [("en-gb", _("British English")), ("de", _("German"))]

# --- What an installation may change -------------------------------------------------------------

DEBUG = env.bool("DEBUG", True)
HOST = env.str("HOST", "127.0.0.1")
PORT = env.int("PORT", 8000, validate=environment.port)
DATA_DIR = Path(os.path.abspath(env.str("LASEROS_DATA", "") or BASE_DIR / "var"))  # noqa: PTH100
SECRET_KEY = env.str("SECRET_KEY", "")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [], validate=environment.hosts)
CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", [], validate=environment.origins)
HTTPS = env.bool("HTTPS", not DEBUG)
PROXY_COUNT = env.int("PROXY_COUNT", 0, validate=environment.not_negative)
WEB_THREADS = env.int("WEB_THREADS", 8, validate=environment.positive)
JOB_WORKERS = env.int("JOB_WORKERS", 1, validate=environment.positive)
SHOP_LANGUAGE = env.str("SHOP_LANGUAGE", "en-gb", validate=environment.one_of(*dict(LANGUAGES)))
TIME_ZONE = env.str("TIME_ZONE", "UTC", validate=environment.time_zone)
CURRENCY = env.str("CURRENCY", "ZAR", validate=environment.currency)
AUTO_QUEUE_ON_POP = env.bool("AUTO_QUEUE_ON_POP", False)
POP_DEADLINE_DAYS = env.int("POP_DEADLINE_DAYS", 3, validate=environment.not_negative)
MAX_UPLOAD_MB = env.int("MAX_UPLOAD_MB", 50, validate=environment.positive)
LOGIN_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", 5, validate=environment.positive)
LOGIN_COOLOFF_MINUTES = env.int("LOGIN_COOLOFF_MINUTES", 15, validate=environment.positive)
ACCESS_TOKEN_MINUTES = env.int("ACCESS_TOKEN_MINUTES", 60, validate=environment.positive)
REFRESH_TOKEN_DAYS = env.int("REFRESH_TOKEN_DAYS", 7, validate=environment.positive)

LOG_FORMAT = env.str(
    "LOG_FORMAT", "text" if DEBUG else "json", validate=environment.one_of(*logs.FORMATTERS)
)
LOG_LEVEL = env.str("LOG_LEVEL", "INFO", validate=environment.one_of(*logs.LEVELS))
METRICS_TOKEN = env.str("METRICS_TOKEN", "", validate=environment.token)

database_url = env.str("DATABASE_URL", "", validate=environment.database_url)
environment.seal(env)

environment.data_folder(DATA_DIR)
if METRICS_TOKEN:  # read by prometheus_client when it is imported, and by the other processes
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(environment.data_folder(DATA_DIR / "metrics"))
environment.data_folder(DATA_DIR / "static")  # whitenoise wants it there, filled or not
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. With DEBUG off it must be a long random text of your own."
        )
    SECRET_KEY = environment.kept_secret(DATA_DIR)
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured("SECRET_KEY is too short; give it at least 32 random characters.")
if not ALLOWED_HOSTS:
    if not DEBUG:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS is not set. With DEBUG off it must name the hosts, comma-separated."
        )
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

# --- Database ------------------------------------------------------------------------------------

database: dict[str, Any] = environment.database(database_url, DATA_DIR / "laseros.sqlite3")
database["CONN_MAX_AGE"] = 600
if database["ENGINE"] == "django.db.backends.sqlite3":
    database["OPTIONS"] = {
        # select_for_update does nothing on SQLite: a transaction takes the write lock at its
        # beginning instead, and waits for it as long as a busy shop may need.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        # FULL: an answered “complete” survives a power cut, not only a killed process.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
    database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}  # threads need a file
else:
    database["CONN_HEALTH_CHECKS"] = True
    database.setdefault("OPTIONS", {})["connect_timeout"] = 5
    # Compiled queries alone are prepared (laseros.compiled): the third time they come.
    database["OPTIONS"].setdefault("prepare_threshold", 2)
DATABASES = {"default": database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Applications --------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # the site is ours
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "laseros.apps.LaserOSConfig",  # before Django's own: a command of it is ours
    "laseros.apps.LaserOSAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "corsheaders",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_q",
    "operators_app.apps.OperatorsConfig",
    "presets_app.apps.PresetsConfig",
    "projects_app.apps.ProjectsConfig",
    "queue_app.apps.QueueConfig",
]

MIDDLEWARE = [
    "laseros.middleware.RequestMiddleware",
    "laseros.middleware.ApiErrorMiddleware",
    "laseros.middleware.NulMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "operators_app.gate.SignInGate",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "laseros.urls"
WSGI_APPLICATION = "laseros.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Languages -----------------------------------------------------------------------------------

LANGUAGE_CODE = SHOP_LANGUAGE  # of jobs, and of what is written into the database
LOCALE_PATHS = [BASE_DIR / "laseros" / "locale"]  # of all apps and templates: `make messages`
USE_I18N = True
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
FORMAT_MODULE_PATH = ["laseros.formats"]
USE_TZ = True

# --- Files ---------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG
MEDIA_ROOT = DATA_DIR / "files"  # never served by address: downloads go through a view
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_HANDLERS = [
    "laseros.upload_limits.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
MAX_UPLOAD_BYTES = MAX_UPLOAD_MB * 1024 * 1024
MAX_API_BODY_BYTES = 1024 * 1024

# --- People --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "operators_app.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "operators_app.authentication.AccountBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    *(
        {"NAME": f"django.contrib.auth.password_validation.{name}"}
        for name in (
            "UserAttributeSimilarityValidator",
            "MinimumLengthValidator",
            "CommonPasswordValidator",
            "NumericPasswordValidator",
        )
    ),
    {"NAME": "operators_app.passwords.NotUsedLately"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
UNFOLD = back_office.UNFOLD

# The demo shop's accounts, and the password everybody knows: refused with DEBUG off.
DEMO_ACCOUNTS = ("admin", "manager", "operator1", "operator2", "operator3", "viewer")
DEMO_PASSWORD = "laseros-demo"  # noqa: S105

AXES_FAILURE_LIMIT = LOGIN_FAILURE_LIMIT
AXES_COOLOFF_TIME = dt.timedelta(minutes=LOGIN_COOLOFF_MINUTES)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "operators_app.authentication.lockout_response"
AXES_CLIENT_IP_CALLABLE = "operators_app.authentication.guarded_address"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # the login history is operators_app.LoginRecord
AXES_VERBOSE = False

OTP_TOTP_ISSUER = "Laser OS"  # how the app on the phone names the account

SIMPLE_JWT = {"SIGNING_KEY": SECRET_KEY, "ALGORITHM": "HS256", "TOKEN_TYPE_CLAIM": "type"}

# --- API -----------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["operators_app.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["operators_app.authentication.MayUseApi"],
    "DEFAULT_PARSER_CLASSES": ["laseros.api.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["laseros.api.ORJSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "laseros.schema.ShopSchema",
    "EXCEPTION_HANDLER": "laseros.api.exception_handler",
    "COERCE_DECIMAL_TO_STRING": False,
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_METADATA_CLASS": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Laser OS",
    "DESCRIPTION": "The API of a laser-cutting job shop: the cutting queue, projects, presets.",
    "VERSION": __version__,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},  # else it asks swagger.io
    "SCHEMA_PATH_PREFIX": "/api/mobile",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "laseros.schema.link_answers",
    ],
    "OAS_VERSION": "3.1.1",
    "ENUM_NAME_OVERRIDES": {
        "QueueStatus": "queue_app.models.QueueStatus",
        "ProjectStatus": "projects_app.serializers.STATUS_LABELS",
        "Priority": "queue_app.models.Priority",
        "Role": "operators_app.models.Role",
    },
}
CORS_URLS_REGEX = r"^/api/.*$"
CORS_ALLOW_HEADERS = [*default_headers, "idempotency-key", "if-none-match"]
CORS_EXPOSE_HEADERS = ["ETag", "Retry-After", "X-Request-ID"]

# --- Jobs ----------------------------------------------------------------------------------------

Q_CLUSTER = {
    "name": "laseros",
    "orm": "default",
    "workers": JOB_WORKERS,
    "timeout": 240,
    "retry": 300,  # longer than timeout, else a job that still runs is handed out again
    "max_attempts": 3,
    "poll": 1,
    "catch_up": False,
    "save_limit": 1000,
    "label": pgettext_lazy("background work", "Jobs"),
    "log_level": "WARNING",
}

# --- Safety --------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^health"]  # a supervisor asks from the same machine, without TLS
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if HTTPS else 0
if PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SILENCED_SYSTEM_CHECKS = [
    # Whether the shop's other subdomains speak HTTPS only is not ours to promise to browsers.
    "security.W005",
    "security.W021",
]

# --- Logging -------------------------------------------------------------------------------------

LOGGING = logs.configuration(LOG_FORMAT, LOG_LEVEL)
