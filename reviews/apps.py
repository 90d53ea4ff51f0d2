from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"

    def ready(self) -> None:
        """Listen to what planning tells those above it."""
        from planning.signals import stream_moved, streams_due
        from reviews.actions.stages import follow_stream
        from reviews.queries.stages import demand_due

        stream_moved.connect(follow_stream, dispatch_uid="reviews")
        streams_due.connect(demand_due, dispatch_uid="reviews")
