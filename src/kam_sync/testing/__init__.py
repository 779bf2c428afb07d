"""What plugin authors and kam-sync's own tests share: invented portfolios with a known truth."""
