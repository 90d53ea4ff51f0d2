"""Home and the pages of the reviews."""

from django.urls import URLPattern, URLResolver, include, path

from reviews.views import actions, agenda, cycles, decisions, executive, feeds, home, meetings, performance, stages

cycle_urls: list[URLPattern | URLResolver] = [
    path("", cycles.show, name="cycle"),
    path("close/", cycles.close, name="close"),
    path("executive/", executive.show, name="executive"),
    path("executive/approve/", executive.approve, name="approve"),
    path("executive/return/", executive.return_plan, name="return-plan"),
    path("decisions/", decisions.propose, name="propose"),
    path("actions/", actions.add, name="add-action"),
    path("<slug:key>/", stages.show, name="stage"),
    path("<slug:key>/agenda/", agenda.show, name="agenda"),
    path("<slug:key>/agenda/draw-up/", agenda.draw_up, name="draw-up"),
    path("<slug:key>/agenda/add/", agenda.add, name="add-topic"),
    path("<slug:key>/agenda/agree/", agenda.agree, name="agree"),
    path("<slug:key>/meeting/start/", meetings.start, name="start-meeting"),
    path("<slug:key>/submit/", stages.submit, name="submit"),
    path("<slug:key>/return-submission/", stages.return_submission, name="return-submission"),
    path("<slug:key>/sign-off/", stages.sign_off, name="sign-off"),
    path("<slug:key>/reopen/", stages.reopen, name="reopen"),
]
review_urls: list[URLPattern | URLResolver] = [
    path("reviews/", cycles.index, name="index"),
    path("reviews/open/", cycles.open_next, name="open"),
    path("reviews/calendar/make/", feeds.make, name="make-calendar"),
    path("reviews/calendar/revoke/", feeds.revoke, name="revoke-calendar"),
    path("calendar/<str:secret>.ics", feeds.show, name="calendar-feed"),
    path("reviews/<str:code>/", include(cycle_urls)),
    path("agenda/<int:pk>/<slug:verb>/", agenda.change, name="change-item"),
    path("decisions/", decisions.log, name="decisions"),
    path("decisions/<int:pk>/", decisions.show, name="decision"),
    path("decisions/<int:pk>/decide/", decisions.decide, name="decide"),
    path("decisions/<int:pk>/defer/", decisions.defer, name="defer"),
    path("meetings/<int:pk>/", meetings.show, name="meeting"),
    path("meetings/<int:pk>/live/", meetings.live, name="meeting-live"),
    path("meetings/<int:pk>/here/", meetings.here, name="meeting-here"),
    path("meetings/<int:pk>/preview/", meetings.preview, name="meeting-preview"),
    path("meetings/<int:pk>/minutes/", meetings.show_minutes, name="minutes"),
    path("meetings/<int:pk>/<slug:verb>/", meetings.step, name="meeting-step"),
    path("performance/", performance.show, name="performance"),
    path("performance/staircase/", performance.staircase, name="performance-staircase"),
    path("actions/", actions.show, name="actions"),
    path("actions/<int:pk>/<slug:verb>/", actions.change, name="change-action"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.show, name="home"),
    path("", include((review_urls, "reviews"))),
]
