import io
def test_x(site):
    visitor = site.visitor("clerk")
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    from werkzeug.test import EnvironBuilder
    from flask import request
    @site.app.before_request
    def b(): print("CL", request.content_length, request.max_content_length, request.environ.get("wsgi.input_terminated"), len(request.get_data(parse_form_data=False, cache=True)) if 0 else "")
    r = visitor.client.post("/password", input_stream=io.BytesIO(b"old=" + b"x" * (2 << 20)), content_type="application/x-www-form-urlencoded", headers={"X-CSRFToken": visitor.token()}, environ_overrides=environ, buffered=True)
    print(r.status_code)
    assert 0
