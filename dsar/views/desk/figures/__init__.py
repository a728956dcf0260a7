"""The team's figures: the dashboard, its tables as files, and the metrics that California asks for."""
