terraform {
  required_version = ">= 1.8"
}

module "database" {
  source   = "./modules/database"
  size     = "db.large"
  replicas = 1
  zones    = ["a", "b"]
}

module "backup_bucket" {
  source            = "./modules/bucket"
  name              = "iqhis-backups"
  versioning        = true
  object_lock_years = 7
  access_log_bucket = "iqhis-access-logs"
}
